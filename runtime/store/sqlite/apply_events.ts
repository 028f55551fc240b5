import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { logsOf } from "../batch_log.ts";
import { segmentsOf } from "../event_segments.ts";
import type { EventSegmentRow } from "../schema.ts";
import type { EntryWork } from "../entry_work.ts";
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
    const numbers = new Map<EntryWork, number>();
    for (const [tenant, { events, before }] of logsOf(works)) {
      const first = firsts.get(tenant)!;
      for (const [work, count] of before) numbers.set(work, first + count);
      for (const segment of segmentsOf(first, events)) this.#insert.run({ tenant, ...segment });
    }
    return numbers;
  }

  /** A segment that the mark has not passed stays: what it holds up to the mark is read no more. */
  trim({ tenant, upTo }: Trim): void {
    const moved = this.#trimTo.get({ tenant, upTo });
    if (moved !== undefined) this.#deleteUpTo.run({ tenant, upTo: moved.trimmedTo });
  }
}
