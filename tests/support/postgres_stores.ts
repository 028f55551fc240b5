import type { Duties, Store } from "../../runtime/store/contract.ts";
import { openPostgresStore, type PostgresOptions } from "../../runtime/store/postgres/open.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import type { OpenedStore } from "./opened_store.ts";
import type { TestDatabase } from "./postgres.ts";
import { registry } from "./registry/store_registry.ts";
import { NOON } from "./store_entries.ts";

/** Nodes on one database. */
export interface PostgresStores extends AsyncDisposable {
  readonly database: TestDatabase;
  /** Opens a store that takes all there is; it is closed with the rest. */
  open(options?: Partial<PostgresOptions>, duties?: Partial<Duties>): Promise<Store>;
  /** The store's lease is over, and its life is ended by another. */
  outlive(store: Store, by: Store): Promise<void>;
}

const EVERYTHING: Duties = { appetite: () => Infinity, limitsOf: () => undefined, tenantLimitOf: () => undefined };

/** A new database with the tables of the tests' registry. */
export async function postgresStores(): Promise<PostgresStores> {
  const database = await migratedDatabase(registry);
  const stores: Store[] = [];
  return {
    database,
    async open(options, duties) {
      const store = await openPostgresStore({
        databaseUrl: database.url,
        registry,
        node: "test",
        now: NOON,
        ...options,
      });
      store.shared!.begin({ ...EVERYTHING, ...duties });
      stores.push(store);
      return store;
    },
    async outlive({ ownership: { generation } }, by) {
      await database.query("update lives set lease_until = 1 where generation = $1", [generation]);
      await by.shared!.endLapsed();
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** An empty store on a database of its own, for the store contract. */
export async function openOnPostgres(): Promise<OpenedStore> {
  const stores = await postgresStores();
  let store = await stores.open();
  return {
    get store() {
      return store;
    },
    async reopen({ now = NOON, died = false } = {}) {
      const before = store;
      if (!died) await before.close();
      store = await stores.open({ now });
      if (died) await stores.outlive(before, store);
      return store;
    },
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  };
}
