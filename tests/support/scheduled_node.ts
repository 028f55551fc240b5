import { setImmediate } from "node:timers";
import type { Clock } from "../../runtime/core/clock.ts";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics, type Diagnostic } from "../../runtime/observe/diagnostics.ts";
import type { Store } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { FakeClock } from "./fake_clock.ts";
import { createMortality, type Mortality } from "./mortal.ts";
import { registry } from "./registry/system_registry.ts";
import { createSyncFile, type SyncFile } from "./sync_file.ts";

const STEP_MS = 1_000;

/** How often a write of the store is the last of its life: before it is done, or before that is known. */
export interface Deaths {
  before: number;
  after: number;
}

/**
 * A node under a clock of its own that people set forward and back, on a file that outlives it; it dies, as by kill -9, at
 * writes that are drawn from a seed, and begins again.
 */
export class ScheduledNode implements Disposable {
  readonly fake: FakeClock;
  readonly deaths: Deaths = { before: 0, after: 0 };
  readonly told: Diagnostic[] = [];
  readonly #random: Random;
  readonly #file: SyncFile;
  #aheadMs = 0;
  #life: { readonly system: System; readonly mortality: Mortality } | null = null;
  #lives = 0;

  private constructor(file: SyncFile, { seed, now }: { seed: number; now: number }) {
    this.#file = file;
    this.#random = seededRandom(seed);
    this.fake = new FakeClock(now);
  }

  static async open(options: { seed: number; now: number }): Promise<ScheduledNode> {
    const node = new ScheduledNode(await createSyncFile(registry), options);
    await node.begin();
    return node;
  }

  get system(): System {
    return this.#life!.system;
  }

  get lives(): number {
    return this.#lives;
  }

  now(): number {
    return this.fake.now() + this.#aheadMs;
  }

  /** The machine's clock is set; time goes on as it did. */
  setClock(byMs: number): void {
    this.#aheadMs += byMs;
  }

  kill(): void {
    this.#life?.mortality.die();
  }

  async begin(): Promise<void> {
    const wall: Clock = {
      now: () => this.now(),
      monotonic: () => this.fake.monotonic(),
      after: (ms, fire) => this.fake.after(ms, fire),
    };
    const mortality = createMortality(wall);
    const { clock } = mortality;
    const diagnostics = createDiagnostics();
    diagnostics.observe((told) => void this.told.push(told));
    const random = seededRandom(++this.#lives);
    const system = createSystem({
      registry,
      store: mortality.store(this.#mortal(this.#file.open(), mortality)),
      createHost: (events) => createInlineHost({ registry, clock, random, events, slots: 8 }),
      clock,
      random,
      diagnostics,
      tenantPendingLimit: 100_000,
      eventsKept: 100_000,
      onFatal: () => {},
    });
    this.#life = { system, mortality };
    let begun = false;
    void system.start().then(() => begun = true);
    while (!begun && !mortality.dead) await this.advance(STEP_MS);
    if (mortality.dead) await this.begin();
  }

  /** Lets time go by, with everything done that it brings; what dies begins again at once. */
  async advance(ms: number): Promise<void> {
    await settled();
    for (let gone = 0; gone < ms; gone += STEP_MS) {
      this.fake.advance(Math.min(STEP_MS, ms - gone));
      await settled();
    }
  }

  /** The same, and what dies meanwhile begins again at once. */
  async live(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += STEP_MS) {
      await this.advance(STEP_MS);
      if (this.#life!.mortality.dead) await this.begin();
    }
  }

  [Symbol.dispose](): void {
    this.kill();
    this.#file[Symbol.dispose]();
  }

  #mortal(store: Store, mortality: Mortality): Store {
    return {
      ...store,
      write: async (batch) => {
        if (this.#random.next() < this.deaths.before) mortality.die();
        // Of a dead process nothing reaches the file.
        if (mortality.dead) return [];
        const results = await store.write(batch);
        if (this.#random.next() < this.deaths.after) mortality.die();
        return results;
      },
    };
  }
}

/** All that goes on without time has been done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => void setImmediate(resolve));
}
