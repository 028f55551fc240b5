import { sleep, systemClock } from "../../runtime/core/clock.ts";
import type { SharedStore, Store } from "../../runtime/store/contract.ts";
import { openPostgresStore } from "../../runtime/store/postgres/open.ts";
import { ClusterRig } from "./cluster_rig.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import { registry } from "./registry/system_registry.ts";
import { replaced } from "./replaced.ts";
import { PATIENCE_MS } from "./deadline.ts";

/** Nodes over one database of a real Postgres, whose clock is what the database's is and more: a person sets it. */
export class ScheduledCluster extends ClusterRig implements AsyncDisposable {
  #aheadMs = 0;
  readonly #stores: Store[];
  readonly #dispose: () => Promise<void>;

  private constructor(databaseUrl: string, dispose: () => Promise<void>) {
    const stores: Store[] = [];
    super({
      open: async ({ node, clock, leaseMs, role }) => {
        const store = await openPostgresStore({ databaseUrl, registry, node, now: clock.now(), leaseMs, role, clock });
        stores.push(store);
        return replaced(store, { shared: this.#ahead(store.shared!) });
      },
    }, systemClock);
    this.#stores = stores;
    this.#dispose = dispose;
  }

  static async open(...names: readonly string[]): Promise<ScheduledCluster> {
    const database = await migratedDatabase(registry);
    const rig = new ScheduledCluster(database.url, async () => await database[Symbol.asyncDispose]());
    for (const name of names) await rig.begin(name);
    return rig;
  }

  /** Time goes on as it did. The nodes that live are woken, as `Deno.cron` does each minute. */
  setClock(byMs: number): void {
    this.#aheadMs += byMs;
    for (const { system, mortality } of this.nodes.values()) if (!mortality.dead) void system.wake().catch(() => {});
  }

  live(ms: number): Promise<void> {
    return sleep(systemClock, ms);
  }

  /** Resolves when it is so. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    const begunAt = systemClock.monotonic();
    while (!await isSo()) {
      if (systemClock.monotonic() - begunAt > PATIENCE_MS) throw new Error(`Waited in vain for ${isSo}`);
      await sleep(systemClock, 50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { system, mortality } of this.nodes.values()) if (!mortality.dead) await system.stop({ graceMs: 0 });
    for (const store of this.#stores) await store.close().catch(() => {});
    await this.#dispose();
  }

  #ahead(shared: SharedStore): SharedStore {
    const aheadMs = () => this.#aheadMs;
    return new Proxy(shared, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (name === "lease") {
          return new Proxy(target.lease, {
            get: (lease, part) => part === "aheadMs" ? lease.aheadMs + aheadMs() : Reflect.get(lease, part, lease),
          });
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}
