import type { CancelTimer, Clock } from "../core/clock.ts";
import { Fifo } from "../store/fifo.ts";

/** Tenants that are looked after at once. */
const TENANTS_AT_ONCE = 8;
/** A tenant's looks begin no closer together: what comes meanwhile goes together. */
const PACE_MS = 20;

/** Looks after one tenant whenever there may be something to do, never twice at a time. */
export interface TenantLooks {
  /** A look begins after this call. */
  owe(): void;
  stop(): void;
}

/** Begins a tenant's looks: one that does not reject, and answers in how many ms it wants to be called again, or null. */
export type BeginLooks = (look: () => Promise<number | null>) => TenantLooks;

/*
 *   idle ──owe()──► owed ──pace, slot──► looking ──► idle | owed        idle ──the look wanted it──► owed
 */
export function createTenantLooks(clock: Clock): BeginLooks {
  const waiting = new Fifo<() => Promise<void>>();
  let taken = 0;
  const enter = (run: () => Promise<void>) => {
    if (taken < TENANTS_AT_ONCE) void take(run);
    else waiting.push(run);
  };
  const take = async (run: () => Promise<void>) => {
    taken++;
    await run();
    taken--;
    const next = waiting.shift();
    if (next !== undefined) void take(next);
  };
  return (look) => {
    let status: "idle" | "owed" | "looking" | "stopped" = "idle";
    let isOwedAgain = false;
    let begunAt = -Infinity;
    let cancel: CancelTimer = () => {};
    const run = async () => {
      if (status === "stopped") return;
      status = "looking";
      isOwedAgain = false;
      begunAt = clock.monotonic();
      const againInMs = await look();
      if ((status as string) === "stopped") return;
      status = "idle";
      if (isOwedAgain) owe();
      else if (againInMs !== null) cancel = clock.after(againInMs, owe);
    };
    const owe = () => {
      if (status === "looking") isOwedAgain = true;
      if (status !== "idle") return;
      cancel();
      status = "owed";
      const inMs = begunAt + PACE_MS - clock.monotonic();
      if (inMs > 0) cancel = clock.after(inMs, () => enter(run));
      else enter(run);
    };
    return {
      owe,
      stop() {
        status = "stopped";
        cancel();
      },
    };
  };
}
