import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { Message } from "../../actor/message.ts";
import type { EntryWork } from "../entry_work.ts";
import { MESSAGE_COLUMNS } from "../message_columns.ts";
import { announcedBy, lastTouches } from "../touched_heads.ts";
import { prepare, type Prepared } from "./prepared.ts";

/** Tells, once a batch and mailbox, what may be delivered next. */
export class ReadyMail {
  readonly #first: Prepared<Address, Message & { readonly slot: number }>;

  constructor(db: DatabaseSync) {
    this.#first = prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("messages").select([...MESSAGE_COLUMNS, "slot"])
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .orderBy("dueAt").orderBy("seq").limit(sql.lit(1)),
    );
  }

  /** The ready head of each mailbox, under the last work that touched it. */
  gather(works: readonly EntryWork[]): ReadonlyMap<EntryWork, readonly Message[]> {
    const announced = announcedBy(works);
    const ready = new Map<EntryWork, Message[]>();
    for (const { work, address } of lastTouches(works)) {
      const first = this.#first.get(address);
      if (first === undefined || first.slot !== 1 || announced.has(first.seq)) continue;
      const { slot: _, ...head } = first;
      const heads = ready.get(work);
      if (heads === undefined) ready.set(work, [head]);
      else heads.push(head);
    }
    return ready;
  }
}
