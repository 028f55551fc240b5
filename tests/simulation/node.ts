import { setImmediate } from "node:timers";
import { type Random, seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics, type Diagnostic } from "../../runtime/observe/diagnostics.ts";
import type { StoredEvent } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createFaultyStore, type StoreFaults } from "../support/faulty_store.ts";
import { createFrailHost, type FrailHost } from "../support/frail_host.ts";
import { createMortality, type Mortality } from "../support/mortal.ts";
import { nextStep } from "../support/next_step.ts";
import { registry } from "../support/registry/system_registry.ts";
import { createSyncFile, type SyncFile } from "../support/sync_file.ts";
import { type Scenario, TENANTS } from "./workload.ts";

interface Life {
  readonly system: System;
  readonly mortality: Mortality;
  readonly host: FrailHost;
}

/**
 * A whole node under a clock and a randomness of its own: nothing in it depends on the machine, so a seed repeats a run.
 * It dies and begins again on the same file; a reader of each tenant's feed goes on where it was.
 */
export class SimulatedNode implements Disposable {
  readonly clock = new FakeClock(1_000_000);
  readonly faults: StoreFaults;
  readonly history: Diagnostic[] = [];
  /** What a reader of each tenant's feed was told, over all lives. */
  readonly read: Record<string, StoredEvent[]> = Object.fromEntries(TENANTS.map((tenant) => [tenant, []]));
  readonly #random: Random;
  readonly #slots: number;
  readonly #file: SyncFile;
  #life: Life | null = null;

  private constructor(file: SyncFile, { seed, faults, slots }: Scenario) {
    this.#file = file;
    this.#slots = slots;
    this.#random = seededRandom(seed);
    this.faults = { ...faults };
  }

  static async open(scenario: Scenario): Promise<SimulatedNode> {
    return new SimulatedNode(await createSyncFile(registry), scenario);
  }

  get system(): System {
    return this.#life!.system;
  }

  async begin(): Promise<void> {
    const mortality = createMortality(this.clock);
    const { clock } = mortality;
    const diagnostics = createDiagnostics();
    diagnostics.observe((told) => void this.history.push(told));
    const random = seededRandom(Math.floor(this.#random.next() * 2 ** 32));
    const store = createFaultyStore(this.#file.open(), { clock, random: this.#random, faults: this.faults });
    const slots = this.#slots;
    let host: FrailHost | undefined;
    const system = createSystem({
      registry,
      store: mortality.store(store),
      createHost: (events) =>
        host = createFrailHost((own) => createInlineHost({ registry, clock, random, events: own, slots }), events),
      clock,
      random,
      diagnostics,
      tenantPendingLimit: 10_000,
      eventsKept: 100_000,
      onFatal: () => {},
    });
    const life = this.#life = { system, mortality, host: host! };
    await this.#during(system.start());
    for (const tenant of TENANTS) void this.#follow(tenant, life);
  }

  /** Ends as kill -9 does. */
  crash(): void {
    this.#life!.mortality.die();
    void this.#life!.host.stop();
  }

  async stop(graceMs: number): Promise<void> {
    await this.#during(this.system.stop({ graceMs }));
    this.#life!.mortality.die();
  }

  /** The process that runs the turns dies, and another takes its place. */
  killHost(): void {
    this.#life!.host.kill();
  }

  /** Lets time go by, one ms after the other, with everything done that each of them brings. */
  async advance(ms: number): Promise<void> {
    await turnOfLoop();
    for (let gone = 0; gone < ms; gone++) {
      this.clock.advance(1);
      await turnOfLoop();
    }
  }

  [Symbol.dispose](): void {
    this.#life?.mortality.die();
    this.#file[Symbol.dispose]();
  }

  async #during(work: Promise<void>): Promise<void> {
    let done = false;
    const settled = work.finally(() => void (done = true));
    while (!done) await this.advance(1);
    await settled;
  }

  async #follow(tenant: string, life: Life): Promise<void> {
    const told = this.read[tenant]!;
    const reader = life.system.feed.follow(tenant, told.at(-1)?.number ?? 0);
    for (;;) {
      const step = await nextStep(reader);
      if (step === null) return reader.end();
      if (step.step !== "events") throw new Error(`The reader of ${tenant} was told ${JSON.stringify(step)}`);
      told.push(...step.events);
    }
  }
}

/** All that goes on without time has been done. */
function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
