import type { DatabaseSync } from "node:sqlite";
import type { EntryResult, StoreEntry } from "../contract.ts";
import type { IdempotencyKeyRow } from "../schema.ts";
import { prepare } from "./prepared.ts";

type Answered = Extract<EntryResult, { readonly status: "answered" }>;
type KeyName = Pick<IdempotencyKeyRow, "tenant" | "scope" | "key">;

/** Idempotency keys: each is taken by one entry until its time ends. */
export class Claims {
  readonly #find;
  readonly #take;
  readonly #ended;
  readonly #drop;

  constructor(db: DatabaseSync) {
    this.#find = prepare(
      db,
      (db, name: KeyName) =>
        db.selectFrom("idempotencyKeys").select(["print", "answer", "untilAt"])
          .where("tenant", "=", name.tenant).where("scope", "=", name.scope).where("key", "=", name.key),
    );
    this.#take = prepare(db, (db, row: IdempotencyKeyRow) =>
      db.insertInto("idempotencyKeys")
        .values({
          tenant: row.tenant,
          scope: row.scope,
          key: row.key,
          print: row.print,
          answer: row.answer,
          untilAt: row.untilAt,
        })
        .onConflict((conflict) =>
          conflict.columns(["tenant", "scope", "key"])
            .doUpdateSet((eb) => ({
              print: eb.ref("excluded.print"),
              answer: eb.ref("excluded.answer"),
              untilAt: eb.ref("excluded.untilAt"),
            }))
        ));
    this.#ended = prepare(
      db,
      (db, { now, limit }: { now: number; limit: number }) =>
        db.selectFrom("idempotencyKeys").select(["tenant", "scope", "key"])
          .where("untilAt", "<", now).orderBy("untilAt").limit(limit),
    );
    this.#drop = prepare(
      db,
      (db, { tenant, scope, key }: KeyName) =>
        db.deleteFrom("idempotencyKeys").where("tenant", "=", tenant).where("scope", "=", scope).where("key", "=", key),
    );
  }

  /** Undefined when the entry may go on, else the holder's answer. */
  take({ tenant, at, claim }: StoreEntry): Answered | undefined {
    if (claim === undefined) return undefined;
    const { scope, key, print, answer, until } = claim;
    const held = this.#find.get({ tenant, scope, key });
    if (held !== undefined && held.untilAt > at) {
      return { status: "answered", answer: held.answer, print: held.print };
    }
    this.#take.run({ tenant, scope, key, print, answer, untilAt: until });
    return undefined;
  }

  /** Removes at most `limit` keys that ended before `now`; answers how many. */
  sweep(range: { now: number; limit: number }): number {
    const ended = this.#ended.all(range);
    for (const name of ended) this.#drop.run(name);
    return ended.length;
  }
}
