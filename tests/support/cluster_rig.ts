import { setImmediate } from "node:timers";
import type { Registry } from "../../runtime/actor/registry.ts";
import { type Clock, sleep } from "../../runtime/core/clock.ts";
import { type RuntimeError } from "../../runtime/core/errors.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { Host } from "../../runtime/host/contract.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics, type Diagnostic } from "../../runtime/observe/diagnostics.ts";
import type { NodeRole, Store } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import type { SystemOptions } from "../../runtime/system/options.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { FakeClock } from "./fake_clock.ts";
import { createMortality, type Mortality } from "./mortal.ts";
import { registry } from "./registry/system_registry.ts";
import { type LifeOptions, SimulatedDatabase } from "./simulated_database.ts";
import { createSyncFile } from "./sync_file.ts";

export const LEASE_MS = 3_000;

export interface NodeOptions extends Partial<Pick<SystemOptions, "tenantLimit" | "tenantPendingLimit">> {
  readonly role?: NodeRole;
  readonly slots?: number;
  /** Its machine's clock is so far ahead. */
  readonly aheadMs?: number;
  /** How long its host takes to start. */
  readonly hostStartMs?: number;
}

/** One life of a node. */
export interface ClusteredNode {
  readonly name: string;
  readonly system: System;
  readonly mortality: Mortality;
  /** What ended it, where something did. */
  readonly fatal: RuntimeError | null;
  /** Ends as kill -9 does. */
  kill(): void;
}

/** Where the nodes of a rig keep everything. */
export interface SharedPlace {
  open(options: LifeOptions): Store | Promise<Store>;
}

/** Nodes over one store, each with turns in the test's own isolate; what they tell stands in one history, by node. */
export class ClusterRig {
  readonly clock: Clock;
  readonly history: { readonly node: string; readonly told: Diagnostic }[] = [];
  /** Called with what a node tells, before that goes on. */
  readonly observers = new Set<(node: string, told: Diagnostic) => void>();
  readonly nodes = new Map<string, ClusteredNode>();
  readonly #place: SharedPlace;
  readonly #registry: Registry;
  #seed = 0;

  /** Their kinds are those of `registry/system_registry.ts` by default. */
  constructor(place: SharedPlace, clock: Clock, kinds: Registry = registry) {
    this.#place = place;
    this.#registry = kinds;
    this.clock = clock;
  }

  async begin(name: string, options: NodeOptions = {}): Promise<ClusteredNode> {
    const { role = "all", slots = 4, aheadMs = 0, hostStartMs = 0, ...limits } = options;
    const { clock } = this;
    const own: Clock = {
      now: () => clock.now() + aheadMs,
      monotonic: () => clock.monotonic(),
      after: (ms, fire) => clock.after(ms, fire),
    };
    const mortality = createMortality(own);
    const random = seededRandom(++this.#seed);
    const diagnostics = createDiagnostics();
    diagnostics.observe((told) => {
      this.history.push({ node: name, told });
      for (const observer of this.observers) observer(name, told);
    });
    const store = await this.#place.open({ node: name, clock: own, leaseMs: LEASE_MS, role });
    let fatal: RuntimeError | null = null;
    const registry = this.#registry;
    const system = createSystem({
      registry,
      store: mortality.store(store),
      createHost: (events) =>
        startingIn(
          hostStartMs,
          createInlineHost({ registry, clock: mortality.clock, random, events, slots }),
          mortality.clock,
        ),
      clock: mortality.clock,
      random,
      diagnostics,
      tenantPendingLimit: 10_000,
      eventsKept: 100_000,
      role,
      leaseMs: LEASE_MS,
      onFatal: (error) => void (fatal = error),
      ...limits,
    });
    const node: ClusteredNode = {
      name,
      system,
      mortality,
      get fatal() {
        return fatal;
      },
      kill: () => mortality.die(),
    };
    this.nodes.set(name, node);
    await system.start();
    return node;
  }

  system(name: string): System {
    return this.nodes.get(name)!.system;
  }

  told<E extends Diagnostic["event"]>(event: E): (Extract<Diagnostic, { event: E }> & { readonly by: string })[] {
    return this.history.flatMap(({ node, told }) =>
      told.event === event ? [{ ...told as Extract<Diagnostic, { event: E }>, by: node }] : []
    );
  }
}

function startingIn(ms: number, host: Host, clock: Clock): Host {
  if (ms === 0) return host;
  const start = host.start.bind(host);
  return Object.assign(host, {
    async start() {
      await sleep(clock, ms);
      await start();
    },
  });
}

/** Nodes over a simulated database, under a clock that stands still until it is told to advance. */
export class SimulatedCluster extends ClusterRig implements Disposable {
  readonly database: SimulatedDatabase;
  readonly fake: FakeClock;
  readonly #dispose: () => void;

  private constructor(database: SimulatedDatabase, clock: FakeClock, dispose: () => void) {
    super(database, clock);
    this.database = database;
    this.fake = clock;
    this.#dispose = dispose;
  }

  static async open(...names: readonly string[]): Promise<SimulatedCluster> {
    const file = await createSyncFile(registry);
    const clock = new FakeClock(1_000_000);
    const rig = new SimulatedCluster(new SimulatedDatabase(file.open(), clock), clock, () => file[Symbol.dispose]());
    for (const name of names) await rig.during(rig.begin(name));
    return rig;
  }

  /** Lets time go by, one ms after the other, with everything done that each of them brings. */
  async advance(ms: number): Promise<void> {
    await turnOfLoop();
    for (let gone = 0; gone < ms; gone++) {
      this.fake.advance(1);
      await turnOfLoop();
    }
  }

  /** Lets time go by until it is so; answers how long that took. */
  async until(isSo: () => boolean, withinMs = 60_000): Promise<number> {
    await turnOfLoop();
    for (let gone = 0; gone <= withinMs; gone++) {
      if (isSo()) return gone;
      await this.advance(1);
    }
    const latest = this.history.slice(-12).map(({ node, told }) => `${node}: ${JSON.stringify(told)}`);
    throw new Error(`Waited ${withinMs} ms in vain for ${isSo}; the latest was\n${latest.join("\n")}`);
  }

  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => void (done = true));
    settled.catch(() => {});
    await this.until(() => done);
    return await settled;
  }

  [Symbol.dispose](): void {
    for (const { mortality } of this.nodes.values()) mortality.die();
    this.#dispose();
  }
}

/** All that goes on without time has been done. */
function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
