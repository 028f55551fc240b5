import type { DatabaseSync } from "node:sqlite";
import { type Address, formatAddress } from "../../actor/address.ts";
import { prepare } from "./prepared.ts";

/**
 * Tells which actors are parked, for every message that becomes a head; so the table is asked only for those that may be.
 *
 * Invariant: within a transaction every parked actor is among the suspects. Parking adds one, freeing and rolling back
 * remove none: what a transaction did is not known to stay. Those whose parking it changed are looked up when the next
 * one has begun.
 */
export class ParkedActors {
  readonly #suspects = new Map<string, Address>();
  readonly #changed = new Map<string, Address>();
  readonly #find;

  constructor(db: DatabaseSync) {
    this.#find = prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("supervision").select("parkedAt")
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .where("parkedAt", "is not", null),
    );
    const all = prepare(
      db,
      (db) => db.selectFrom("supervision").select(["tenant", "kind", "key"]).where("parkedAt", "is not", null),
    );
    for (const address of all.all({})) this.#suspects.set(formatAddress(address), address);
  }

  has(address: Address): boolean {
    return this.#suspects.size > 0 && this.#suspects.has(formatAddress(address)) && this.#isParked(address);
  }

  /** The actor is parked or freed in this transaction, should that stay. */
  change(address: Address): void {
    const name = formatAddress(address);
    this.#suspects.set(name, address);
    this.#changed.set(name, address);
  }

  /** To be called when a transaction has begun, before it changes anything. */
  begin(): void {
    if (this.#changed.size === 0) return;
    for (const [name, address] of this.#changed) if (!this.#isParked(address)) this.#suspects.delete(name);
    this.#changed.clear();
  }

  #isParked(address: Address): boolean {
    return this.#find.get(address) !== undefined;
  }
}
