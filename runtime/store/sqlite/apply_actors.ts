import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { type Address, formatAddress } from "../../actor/address.ts";
import type { Write } from "../contract.ts";
import type { ActorRow } from "../schema.ts";
import type { EntryWork } from "../entry_work.ts";
import { prepare } from "./prepared.ts";

type Snapshot = Extract<Write, { readonly write: "snapshot" }>;

/**
 * The states of actors. Of several states of one actor only the last is written: they gather here until `flush`, which
 * counts the others in the version.
 */
export class Actors {
  readonly #pending = new Map<string, ActorRow>();
  readonly #save;
  readonly #remove;

  constructor(db: DatabaseSync) {
    this.#save = prepare(db, (db, row: ActorRow) =>
      db.insertInto("actors")
        .values({
          tenant: row.tenant,
          kind: row.kind,
          key: row.key,
          state: row.state,
          stateVersion: row.stateVersion,
          version: row.version,
          updatedAt: row.updatedAt,
        })
        .onConflict((conflict) =>
          conflict.columns(["tenant", "kind", "key"]).doUpdateSet((eb) => ({
            state: eb.ref("excluded.state"),
            stateVersion: eb.ref("excluded.stateVersion"),
            version: sql<number>`actors.version + excluded.version`,
            updatedAt: eb.ref("excluded.updatedAt"),
          }))
        ));
    this.#remove = prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.deleteFrom("actors").where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    );
  }

  snapshot(work: EntryWork, { address, state, stateVersion }: Snapshot): void {
    const name = formatAddress(address);
    const version = (this.#pending.get(name)?.version ?? 0) + 1;
    this.#pending.set(name, { ...address, state, stateVersion, version, updatedAt: work.at });
  }

  forget(address: Address): void {
    this.#pending.delete(formatAddress(address));
    this.#remove.run(address);
  }

  flush(): void {
    for (const row of this.#pending.values()) this.#save.run(row);
    this.#pending.clear();
  }

  /** Drops what has not been flushed. */
  discard(): void {
    this.#pending.clear();
  }
}
