import type { Clock, SharedStore, Tenants } from "../../runtime/mod.ts";
import { Refusal } from "../problem.ts";
import { createRateLimit, type RateLimit, type Standing } from "./rate_limit.ts";
import { createSharedRateLimit, type SharedRateLimit } from "./shared_rate_limit.ts";

/**
 * How much work tenants may hand in within a minute, where their settings say it: whatever a request makes somebody do later,
 * each message once, also a customer and what is retried or run now. What stops work is never refused, nor is what goes on with a stream
 * that was stopped.
 */
export interface Submissions {
  /**
   * Counts so much work. A batch is taken while there is anything left: what it goes beyond is owed before the next.
   * @throws {Refusal} 429, with the wait
   */
  take(tenant: string, count: number): void | Promise<void>;
  /** Of this node's knowledge: how much of the quota is used; null where there is none. */
  used(tenant: string): { readonly used: number; readonly quota: number } | null;
}

const WINDOW_MS = 60_000;
const PREFIX = "submissions/";

interface Limited {
  readonly quota: number;
  readonly limit: RateLimit;
  /** Over all nodes; what is counted here is for people to see. */
  readonly shared: SharedRateLimit | null;
}

/** One limit for each tenant that has one, made when it first hands something in, and anew when its quota is another. */
export function createSubmissions(
  { clock, tenants, reserve }: {
    readonly clock: Clock;
    readonly tenants: Pick<Tenants, "settingsOf" | "watch">;
    readonly reserve?: SharedStore["reserve"] | undefined;
  },
): Submissions {
  const limits = new Map<string, Limited>();
  tenants.watch((tenant) => {
    if (limits.get(tenant)?.quota !== tenants.settingsOf(tenant).submissionsPerMinute) limits.delete(tenant);
  });
  const limitedBy = (tenant: string): Limited | null => {
    const quota = tenants.settingsOf(tenant).submissionsPerMinute;
    if (quota === null) return null;
    let limited = limits.get(tenant);
    if (limited === undefined) {
      const shared = reserve && createSharedRateLimit({ quota, clock, capacity: 1, reserve, prefix: PREFIX });
      const limit = createRateLimit({ quota, windowMs: WINDOW_MS, clock, capacity: 1 });
      limits.set(tenant, limited = { quota, limit, shared: shared ?? null });
    }
    return limited;
  };
  const obey = ({ waitMs }: Standing, quota: number) => {
    if (waitMs === 0) return;
    throw new Refusal(
      429,
      `The tenant may hand in ${quota} jobs, actions, customers, uploads and messages in a minute: wait`,
      {
        headers: { "Retry-After": String(Math.ceil(waitMs / 1_000)) },
      },
    );
  };
  const takeShared = async (tenant: string, count: number, { quota, limit, shared }: Limited): Promise<void> => {
    obey(await shared!.take(tenant), quota);
    // What the others of a batch find taken already is let go.
    if (count > 1) {
      const permits = Math.min(count - 1, quota);
      await reserve!(PREFIX + tenant, { permits, perMinute: quota, burst: quota });
    }
    limit.take(tenant, count);
  };
  return {
    take(tenant, count) {
      const limited = limitedBy(tenant);
      if (limited === null || count === 0) return undefined;
      if (limited.shared !== null) return takeShared(tenant, count, limited);
      return obey(limited.limit.take(tenant, count), limited.quota);
    },
    used(tenant) {
      const limited = limitedBy(tenant);
      if (limited === null) return null;
      return { used: limited.quota - limited.limit.look(tenant).remaining, quota: limited.quota };
    },
  };
}
