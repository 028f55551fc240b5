import type { EventDraft } from "../actor/journal.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { type DeclaredTypes, introduceKinds, settleKinds } from "./declared.ts";
import { createLooking } from "./looking.ts";
import type { SubscriptionPorts } from "./ports.ts";
import type { SubscriptionRow } from "./row_types.ts";
import { createSending } from "./sending.ts";
import { subscriptionTables } from "./tables.ts";
import { createTenantLooks } from "./tenant_looks.ts";
import { createTenants, type Tenant } from "./tenants.ts";

const ROWS_AT_ONCE = 1_000;
/** Log marks that one statement reads. */
const MARKS_AT_ONCE = 1_000;
const RETRY_MS = 1_000;
/** What hints have not told of is found after this, or after so many times as it takes to find it. */
const SURVEY_MS = 5_000;
const SURVEY_REST = 20;
/** Most events that nobody wants between a row's cursor and where it is: what is read again after a start. */
const MOST_PASSED = 500;

/**
 * Sends what subscriptions want, on the node that leads; the others stand by, and begin where it has left off.
 *
 *   standing by ──leads──► surveying ──rows are read──► following ──5 s, where others write too──► surveying
 *   any ──does not lead──► standing by        any ──stop()──► stopped
 *
 * What this node commits it is told of, event by event, and turns to the log for what somebody wants. Of what others commit
 * it hears by hints, and surveys all rows and logs every few seconds, as hints are lost. None of that decides what is sent,
 * which the rows' cursors do, but when. A tenant without subscriptions costs a look into a map.
 */
export interface Following {
  /** Events of this node's commit, in commit order, numbered from `first` on. */
  committed(tenant: string, first: number, events: () => readonly EventDraft[]): void;
  /** Others may have committed events of the tenant. */
  news(tenant: string): void;
  /** Rows of the tenant may be others. */
  changed(tenant: string): void;
  /** To be called every second or so, where others write too. */
  refresh(): void;
  /**
   * To be awaited before the node takes commands: what comes afterwards, the kinds that subscribe are told of. What the storage
   * refuses now is done later.
   */
  introduce(): Promise<void>;
  start(): void;
  stop(): void;
}

export interface FollowingParts {
  readonly ports: SubscriptionPorts;
  readonly declared: DeclaredTypes;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly leads: () => boolean;
  /** Newest events of a tenant that stay. */
  readonly eventsKept: number;
}

export function createFollowing(
  { ports, declared, clock, diagnostics, leads, eventsKept }: FollowingParts,
): Following {
  const passedAtMost = Math.max(1, Math.min(MOST_PASSED, Math.floor(eventsKept / 4)));
  let status: "standing-by" | "surveying" | "following" | "stopped" = "standing-by";
  let isSettled = false;
  let isDelayed = false;
  let surveyAt = -Infinity;
  let cancelSurvey: CancelTimer = () => {};
  const isStopped = () => (status as string) === "stopped";
  const tellsOfNew = () => status === "following" && declared.size > 0 && leads();

  const look = createLooking({
    ports,
    clock,
    sending: createSending({ ports, clock, diagnostics, passedAtMost }),
    mayGoOn: () => !isStopped() && leads(),
  });
  const tenants = createTenants({
    ports,
    declared,
    beginLooks: createTenantLooks(clock),
    async look(tenant) {
      const { followers } = tenant;
      try {
        await tenants.readRows(tenant);
        if (followers.all.size === 0 && !tenant.isStale) tenants.forget(tenant);
        const againInMs = await look(followers);
        tenant.clearTo = followers.clearTo;
        isDelayed = false;
        return againInMs;
      } catch (thrown) {
        tellDelay(thrown);
        return RETRY_MS;
      }
    },
  });
  const tellDelay = (thrown: unknown) => {
    const isStopping = isStopped() || (thrown instanceof RuntimeError && thrown.code === "stopping");
    if (!isDelayed && !isStopping) {
      diagnostics.tell({ event: "subscriptions.delayed", error: (thrown as Error).message });
    }
    isDelayed = true;
  };

  const survey = async () => {
    if (!isSettled) {
      await introduceKinds(declared, ports);
      await settleKinds(declared, ports);
    }
    isSettled = true;
    await readAll();
    // From here on this node tells of tenants that are new; those that came before have a log by now.
    if (status === "surveying") status = "following";
    const logs = declared.size === 0 ? [] : await ports.log.longLogs(0);
    for (const { tenant } of logs) tenants.of(tenant);
    const names = [...tenants.all.keys()];
    for (let from = 0; from < names.length && status === "following"; from += MARKS_AT_ONCE) {
      const some = names.slice(from, from + MARKS_AT_ONCE);
      const marks = await ports.log.logMarks(some);
      marks.forEach(({ last }, index) => seen(some[index]!, last));
    }
  };
  const readAll = async () => {
    const before = [...tenants.all.values()].map((tenant) => [tenant, [...tenant.followers.all.keys()]] as const);
    const found = new Map<string, Set<string>>();
    for await (const row of allRows(ports)) {
      tenants.put(row);
      found.set(row.tenant, (found.get(row.tenant) ?? new Set()).add(row.id));
    }
    for (const [tenant, ids] of before) {
      tenants.dropOthers(tenant, ids, found.get(tenant.followers.tenant) ?? new Set());
    }
  };
  /** Its log reaches so far. */
  const seen = (name: string, last: number) => {
    const tenant = tenants.all.get(name);
    if (tenant === undefined) return;
    const { followers, isStale, looks } = tenant;
    const positions = [...followers.all.values()].map(({ position }) => position);
    if (positions.some((position) => position > last)) beginAnew(tenant);
    else if (isStale || positions.some((position) => followers.passed(position) < last)) looks.owe();
  };
  /** Of a tenant that was removed, with its log, and is there again. */
  const beginAnew = (tenant: Tenant) => {
    tenants.forget(tenant);
    tenants.of(tenant.followers.tenant).looks.owe();
  };
  const beginSurvey = () => {
    status = "surveying";
    const begunAt = clock.monotonic();
    survey().then(() => {
      surveyAt = clock.monotonic() + Math.max(SURVEY_MS, SURVEY_REST * (clock.monotonic() - begunAt));
    }, (thrown) => {
      tellDelay(thrown);
      if (isStopped()) return;
      status = "standing-by";
      cancelSurvey = clock.after(RETRY_MS, refresh);
    });
  };
  const refresh = () => {
    if (isStopped() || status === "surveying") return;
    if (!leads()) {
      tenants.forgetAll();
      status = "standing-by";
    } else if (status === "standing-by" || clock.monotonic() >= surveyAt) beginSurvey();
  };

  return {
    committed(name, first, events) {
      const tenant = tenants.all.get(name);
      if (tenant === undefined) return tellsOfNew() ? tenants.of(name).looks.owe() : undefined;
      if (first <= tenant.last) return beginAnew(tenant);
      const drafts = events();
      tenant.last = first + drafts.length - 1;
      const { followers, looks, clearTo } = tenant;
      if (followers.committed(first, drafts) || followers.clearTo - clearTo >= passedAtMost) looks.owe();
    },
    news(name) {
      if (tenants.all.has(name) || tellsOfNew()) tenants.of(name).looks.owe();
    },
    changed(name) {
      if (status !== "following" && status !== "surveying") return;
      const tenant = tenants.of(name);
      tenant.isStale = true;
      tenant.looks.owe();
    },
    refresh,
    async introduce() {
      if (leads()) await introduceKinds(declared, ports).catch(tellDelay);
    },
    start: refresh,
    stop() {
      status = "stopped";
      cancelSurvey();
      tenants.forgetAll();
    },
  };
}

async function* allRows(ports: SubscriptionPorts): AsyncGenerator<SubscriptionRow> {
  let after: { tenant: string; id: string } | undefined;
  for (;;) {
    const rows = await ports.read("system", subscriptionTables.queries.all, { after, limit: ROWS_AT_ONCE });
    yield* rows;
    if (rows.length < ROWS_AT_ONCE) return;
    const { tenant, id } = rows.at(-1)!;
    after = { tenant, id };
  }
}
