import { sleep, systemClock } from "../../runtime/core/clock.ts";
import type { ScheduleDeclaration, Tick } from "../../runtime/schedule/contract.ts";
import type { Store, StoreReads } from "../../runtime/store/contract.ts";
import type { System } from "../../runtime/system/contract.ts";
import { FakeClock } from "./fake_clock.ts";
import { replaced } from "./replaced.ts";
import { setup, type SetupOptions, type TestSystem } from "./test_system.ts";

export const NOON = Date.parse("2026-11-22T12:00:00Z");
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const TRIES = 10_000;
const LOOKS = 20;

export const hourly: ScheduleDeclaration = {
  name: "hourly",
  timing: { cron: "0 * * * *", timeZone: "UTC" },
  target: { kind: "tally", key: "a", message: "add", payload: { by: 1 } },
  catchUp: "all",
  catchUpLimit: 10,
  jitterMs: 0,
  enabled: true,
};

/** A node over a file of its own, under a clock that stands still until it is told to advance. */
export interface ScheduledRig extends AsyncDisposable {
  readonly rig: TestSystem;
  readonly system: System;
  readonly schedules: System["schedules"];
  now(): number;
  /** A person sets the machine's clock; time goes on as it did. */
  set(byMs: number): void;
  advance(ms: number): void;
  /** Of the schedule `hourly` of acme, oldest first, unless another is named. */
  ticks(name?: string, tenant?: string): Promise<readonly Tick[]>;
  /** Time goes by until the schedule has left this instant behind. */
  past(instant: number, name?: string, tenant?: string): Promise<void>;
  /** All that was sent and is due has been done. */
  quiet(): Promise<void>;
}

export async function scheduled(options: SetupOptions = {}): Promise<ScheduledRig> {
  const fake = new FakeClock(NOON);
  let aheadMs = 0;
  const clock = {
    now: () => fake.now() + aheadMs,
    monotonic: () => fake.monotonic(),
    after: (ms: number, fire: () => void) => fake.after(ms, fire),
  };
  const rig = await setup({ clock, ...options });
  return {
    rig,
    get system() {
      return rig.system;
    },
    get schedules() {
      return rig.system.schedules;
    },
    now: () => clock.now(),
    set: (byMs: number) => void (aheadMs += byMs),
    advance: (ms: number) => fake.advance(ms),
    async ticks(name = "hourly", tenant = "acme") {
      return (await rig.system.schedules.ticks({ tenant, name, limit: 1_000 })).toReversed();
    },
    async past(instant, name = "hourly", tenant = "acme") {
      while (clock.now() < instant) fake.advance(Math.min(instant - clock.now(), MINUTE));
      let tries = 0;
      await until(async () => {
        // A clock that was set is noticed with the timer's next look.
        if (++tries % LOOKS === 0) fake.advance(1_000);
        const { nextAt } = (await rig.system.schedules.get(tenant, name))!;
        return nextAt === null || nextAt > instant;
      });
    },
    async quiet() {
      // Whatever was committed before is known to the node then.
      await rig.system.write("acme", { rows: [] });
      await rig.quiet();
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await isSo()) return;
    await sleep(systemClock, 1);
  }
  throw new Error(`Waited in vain for ${isSo}`);
}

export interface HeldReads {
  hold(): void;
  readonly isHeld: boolean;
  release(): void;
  readonly around: (store: Store) => Store;
}

/** What is read next of one schedule is known only when it is released. */
export function holdingReads(): HeldReads {
  let isOn = false;
  let gate: PromiseWithResolvers<void> | null = null;
  return {
    hold: () => void (isOn = true),
    get isHeld() {
      return gate !== null;
    },
    release: () => gate?.resolve(),
    around: (store: Store): Store => {
      const read = new Proxy(store.read, {
        get: (reads, name: keyof StoreReads) => async (...args: [{ query?: string }]) => {
          const answer = await (reads[name] as (...args: unknown[]) => Promise<unknown>)(...args);
          if (isOn && name === "point" && args[0].query === "byName") {
            isOn = false;
            gate = Promise.withResolvers();
            await gate.promise;
          }
          return answer;
        },
      });
      return replaced(store, { read });
    },
  };
}
