import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { RuntimeError } from "../../core/errors.ts";
import { type SegmentEvent, segmentsOf } from "../event_segments.ts";
import type { EventSegmentRow } from "../schema.ts";
import type { EntryWork } from "./entry_work.ts";
import { prepare } from "./prepared.ts";

type Trim = { readonly tenant: string; readonly upTo: number };

/** The log of each tenant, numbered 1, 2, 3...: a commit's events of a tenant are one stretch, written in segments. */
export class EventLog {
  readonly #insert;
  readonly #trimTo;
  readonly #deleteUpTo;

  constructor(db: DatabaseSync) {
    this.#insert = prepare(
      db,
      (db, { tenant, last, first, events }: EventSegmentRow) =>
        db.insertInto("eventLog").values({ tenant, last, first, events }),
    );
    this.#trimTo = prepare(
      db,
      (db, { tenant, upTo }: Trim) =>
        db.updateTable("tenants").set({ trimmedTo: sql<number>`max(trimmed_to, min(${upTo}, last_event))` })
          .where("tenant", "=", tenant).returning("trimmedTo"),
    );
    this.#deleteUpTo = prepare(
      db,
      (db, { tenant, upTo }: Trim) => db.deleteFrom("eventLog").where("tenant", "=", tenant).where("last", "<=", upTo),
    );
  }

  /**
   * Writes the works' events, in commit order; answers the number of the first event of each work that has one.
   * `firsts`: of each tenant's first.
   */
  append(works: readonly EntryWork[], firsts: ReadonlyMap<string, number>): ReadonlyMap<EntryWork, number> {
    const logs = new Map<string, SegmentEvent[]>();
    const numbers = new Map<EntryWork, number>();
    for (const work of works) {
      if (work.events.length === 0) continue;
      const { tenant, at } = work;
      let log = logs.get(tenant);
      if (log === undefined) logs.set(tenant, log = []);
      numbers.set(work, firsts.get(tenant)! + log.length);
      for (const { type, subject, data } of work.events) log.push([type, subject, at, data]);
    }
    for (const [tenant, log] of logs) {
      for (const segment of segmentsOf(firsts.get(tenant)!, log)) this.#insert.run({ tenant, ...segment });
    }
    return numbers;
  }

  /** A segment that the mark has not passed stays: what it holds up to the mark is read no more. */
  trim({ tenant, upTo }: Trim): void {
    const moved = this.#trimTo.get({ tenant, upTo });
    if (moved !== undefined) this.#deleteUpTo.run({ tenant, upTo: moved.trimmedTo });
  }
}

/**
 * Events are inserted after the entries' savepoints, so a draft that could not be must be refused before.
 * @throws {RuntimeError} `internal`
 */
export function checkEvents({ at, events }: EntryWork): void {
  for (const { type, subject, data } of events) {
    if (typeof type === "string" && typeof subject === "string" && typeof data === "string") continue;
    throw new RuntimeError("internal", "An event needs a type, a subject and data, each a text");
  }
  if (!Number.isSafeInteger(at)) throw new RuntimeError("internal", `An entry's time is whole ms, not ${at}`);
}
