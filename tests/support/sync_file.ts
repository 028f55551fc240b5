import type { Registry } from "../../runtime/actor/registry.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { migrate } from "../../runtime/store/migrate.ts";
import { BatchApplier } from "../../runtime/store/sqlite/apply.ts";
import { packBatch, unpackBatch } from "../../runtime/store/sqlite/batch_wire.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { declaredStatements } from "../../runtime/store/sqlite/declared_statements.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { claimOwnership } from "../../runtime/store/sqlite/fence.ts";
import { ActorPages } from "../../runtime/store/sqlite/read_actors.ts";
import { DeadLetterPages } from "../../runtime/store/sqlite/read_dead_letters.ts";
import { Reader } from "../../runtime/store/sqlite/reader.ts";
import { readsOf } from "../../runtime/store/sqlite/sqlite_store.ts";

/** A database that outlives the stores opened on it. */
export interface SyncFile extends Disposable {
  open(): Store;
}

/**
 * The SQLite store without its threads: the same applier and reader over one database in memory, each call done within a
 * microtask, so that a run can be repeated exactly.
 */
export async function createSyncFile(registry: Registry): Promise<SyncFile> {
  const db = openWriterConnection(":memory:", "off");
  await migrate(kyselyOver(db), registry);
  return {
    open() {
      // Careful starts, which may blame the innocent, have tests of their own.
      const ownership = { ...claimOwnership(db, { node: "simulated", now: 0 }), uncleanStarts: 0 };
      const applier = new BatchApplier(db, { declared: declaredStatements(registry), ownership });
      const reader = new Reader(db, registry);
      const [actors, deadLetters] = [new ActorPages(db), new DeadLetterPages(db)];
      return {
        ownership,
        // deno-lint-ignore require-await -- what it throws becomes the rejection
        write: async (batch) => JSON.parse(JSON.stringify(applier.apply(unpackBatch(packBatch(batch))))),
        read: readsOf(ownership, {
          reader,
          readLink: {
            query: async (query) => JSON.stringify(await reader.point({ ...query, args: JSON.parse(query.args) })),
            actors: (page) => Promise.resolve(actors.page(page)),
            deadLetters: (page) => Promise.resolve(deadLetters.page(page)),
          },
        }),
        close: () => Promise.resolve(applier.end()),
      };
    },
    [Symbol.dispose]: () => db.close(),
  };
}
