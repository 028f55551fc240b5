import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { countsOf } from "../batch_log.ts";
import type { TenantRow } from "../schema.ts";
import type { EntryWork } from "../entry_work.ts";
import { prepare } from "./prepared.ts";
import type { Sequence } from "./sequence.ts";

type Move = Omit<TenantRow, "trimmedTo">;

/**
 * What is counted for each tenant: its events, its unhandled messages, and up to which place messages were given one. A
 * tenant's row is written once a commit, in the transaction that holds what is counted, so the counts are always true.
 *
 * Invariants: `last_event` is the number of the tenant's newest event, and stays when the log is trimmed to nothing;
 * `pending` is the number of its rows in `messages` that are not handled (`slot` below 4); no message has a `seq` above
 * the largest `last_seq`.
 */
export class Counters {
  readonly #sequence: Sequence;
  readonly #move;

  constructor(db: DatabaseSync, sequence: Sequence) {
    this.#sequence = sequence;
    this.#move = prepare(
      db,
      (db, { tenant, lastEvent, pending, lastSeq }: Move) =>
        db.insertInto("tenants").values({ tenant, lastEvent, pending, lastSeq, trimmedTo: 0 })
          .onConflict((conflict) =>
            conflict.column("tenant").doUpdateSet({
              lastEvent: sql<number>`tenants.last_event + excluded.last_event`,
              pending: sql<number>`tenants.pending + excluded.pending`,
              lastSeq: sql<number>`excluded.last_seq`,
            })
          )
          .returning("lastEvent"),
    );
  }

  /**
   * Counts what the works have done; answers the number of the first event that each tenant has among them. Rows are
   * moved in tenant order: where several writers share a database, that keeps them out of each other's way.
   */
  move(works: readonly EntryWork[]): Map<string, number> {
    const firsts = new Map<string, number>();
    for (const [tenant, { events, pending }] of countsOf(works)) {
      const moved = this.#move.get({ tenant, lastEvent: events, pending, lastSeq: this.#sequence.last })!;
      firsts.set(tenant, moved.lastEvent - events + 1);
    }
    return firsts;
  }
}
