import { RuntimeError } from "../core/errors.ts";
import type { EntryWork } from "./entry_work.ts";
import type { SegmentEvent } from "./event_segments.ts";

/** A tenant's events of one batch, in commit order. */
export interface BatchLog {
  readonly events: SegmentEvent[];
  /** How many of them come before the first of each work that has one. */
  readonly before: Map<EntryWork, number>;
}

/** The batch's events by tenant. */
export function logsOf(works: readonly EntryWork[]): Map<string, BatchLog> {
  const logs = new Map<string, BatchLog>();
  for (const work of works) {
    if (work.events.length === 0) continue;
    const { tenant, at } = work;
    let log = logs.get(tenant);
    if (log === undefined) logs.set(tenant, log = { events: [], before: new Map() });
    log.before.set(work, log.events.length);
    for (const { type, subject, data } of work.events) log.events.push([type, subject, at, data]);
  }
  return logs;
}

/** By how many events and unhandled messages each tenant has more, in the order of their names. */
export function countsOf(works: readonly EntryWork[]): [tenant: string, { events: number; pending: number }][] {
  const counts = new Map<string, { events: number; pending: number }>();
  const of = (tenant: string) => {
    let count = counts.get(tenant);
    if (count === undefined) counts.set(tenant, count = { events: 0, pending: 0 });
    return count;
  };
  for (const work of works) {
    if (work.events.length > 0) of(work.tenant).events += work.events.length;
    for (const [tenant, by] of work.pending) of(tenant).pending += by;
  }
  return [...counts].sort(([one], [other]) => one < other ? -1 : 1);
}

/**
 * Events are inserted when all entries are done, so a draft that could not be must be refused before.
 * @throws {RuntimeError} `internal`
 */
export function checkEvents({ at, events }: EntryWork): void {
  for (const { type, subject, data } of events) {
    if (typeof type === "string" && typeof subject === "string" && typeof data === "string") continue;
    throw new RuntimeError("internal", "An event needs a type, a subject and data, each a text");
  }
  if (!Number.isSafeInteger(at)) throw new RuntimeError("internal", `An entry's time is whole ms, not ${at}`);
}
