import type { Registry } from "../../runtime/actor/registry.ts";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { openPostgresStore } from "../../runtime/store/postgres/open.ts";
import { ClusterRig, type NodeOptions } from "./cluster_rig.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import { registry as systemRegistry } from "./registry/system_registry.ts";
import { PATIENCE_MS } from "./deadline.ts";

const LOOK_MS = 5;

/** Nodes of this process over one database of a real Postgres. */
export class PostgresCluster extends ClusterRig implements AsyncDisposable {
  readonly #stores: Store[];
  readonly #dispose: () => Promise<void>;

  private constructor(databaseUrl: string, registry: Registry, dispose: () => Promise<void>) {
    const stores: Store[] = [];
    const open = async (store: Promise<Store>) => {
      stores.push(await store);
      return await store;
    };
    super(
      {
        open: ({ node, clock, leaseMs, role }) =>
          open(openPostgresStore({ databaseUrl, registry, node, now: clock.now(), leaseMs, role, clock })),
      },
      systemClock,
      registry,
    );
    this.#stores = stores;
    this.#dispose = dispose;
  }

  static async open(
    names: readonly string[],
    { registry = systemRegistry, ...options }: NodeOptions & { readonly registry?: Registry } = {},
  ): Promise<PostgresCluster> {
    const database = await migratedDatabase(registry);
    const rig = new PostgresCluster(database.url, registry, async () => await database[Symbol.asyncDispose]());
    for (const name of names) await rig.begin(name, options);
    return rig;
  }

  /** Resolves when it is so; answers after how many ms. */
  async until(isSo: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS): Promise<number> {
    const begunAt = systemClock.monotonic();
    while (!await isSo()) {
      if (systemClock.monotonic() - begunAt > withinMs) {
        const latest = this.history.slice(-12).map(({ node, told }) => `${node}: ${JSON.stringify(told)}`);
        throw new Error(`Waited ${withinMs} ms in vain for ${isSo}; the latest was\n${latest.join("\n")}`);
      }
      await sleep(systemClock, LOOK_MS);
    }
    return systemClock.monotonic() - begunAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { system, mortality } of this.nodes.values()) {
      if (!mortality.dead) await system.stop({ graceMs: 0 });
    }
    for (const store of this.#stores) await store.close().catch(() => {});
    await this.#dispose();
  }
}
