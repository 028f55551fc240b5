import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Registry } from "../../runtime/actor/registry.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { openSqliteStore, type SqliteOptions } from "../../runtime/store/sqlite/open.ts";
import { keptReader, keptWriter } from "./kept_threads.ts";
import { writeMigrated } from "./migrated_file.ts";
import type { OpenedStore } from "./opened_store.ts";
import { registry } from "./registry/store_registry.ts";
import { NOON } from "./store_entries.ts";

export interface SqliteFolder extends AsyncDisposable {
  /** Of the database file. */
  readonly path: string;
  /** Opens a store on the file; it is closed with the folder unless that was done before. */
  open(options?: Partial<SqliteOptions>): Promise<Store>;
  /** Looks into the file with a connection of its own. */
  inspect<T>(look: (db: DatabaseSync) => T): T;
}

/** A new folder for one database file. */
export async function sqliteFolder({ place }: { place?: string } = {}): Promise<SqliteFolder> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-test-", ...(place === undefined ? {} : { dir: place }) });
  const path = join(folder, "mailroom.db");
  const stores: Store[] = [];
  return {
    path,
    async open(options) {
      const store = await openSqliteStore({
        path,
        registry,
        registryUrl: registryUrl("store_registry.ts"),
        node: "test",
        now: NOON,
        sync: "off",
        ...options,
      });
      stores.push(store);
      return store;
    },
    inspect(look) {
      using db = new DatabaseSync(path);
      return look(db);
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

export function registryUrl(file: string): string {
  return new URL(`./registry/${file}`, import.meta.url).href;
}

/** Loads a registry of `tests/support/registry/` with the address at which threads find it. */
export async function loadRegistry(file: string): Promise<{ registry: Registry; registryUrl: string }> {
  const url = registryUrl(file);
  const module = await import(url) as { registry: Registry };
  return { registry: module.registry, registryUrl: url };
}

/** An empty store in a folder of its own, for the store contract. */
export async function openInFolder(): Promise<OpenedStore> {
  const folder = await sqliteFolder();
  let { path } = folder;
  await writeMigrated(path, registry);
  let store = await folder.open({ startWriter: keptWriter, startReader: keptReader });
  return {
    get store() {
      return store;
    },
    async reopen({ now = NOON, died = false } = {}) {
      const left = died ? await copyDatabase(path) : path;
      await store.close();
      path = left;
      store = await folder.open({ path, now, startWriter: keptWriter, startReader: keptReader });
      return store;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** What lies on the disk of a database that is open, under another name. */
async function copyDatabase(path: string): Promise<string> {
  const copy = `${path}.copy`;
  await Deno.copyFile(path, copy);
  await Deno.copyFile(`${path}-wal`, `${copy}-wal`);
  return copy;
}
