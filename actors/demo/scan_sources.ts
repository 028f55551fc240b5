import { type Clock, every } from "../../runtime/core/clock.ts";
import type { FaultProfile, ScanSimulator } from "../parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../parcel_stream/simulator/simulator.ts";

/** A source of scans, and the stream that follows it. */
export interface ScanSource {
  readonly tenant: string;
  readonly stream: string;
  readonly consumers: number;
  readonly simulator: ScanSimulator;
}

interface Plan {
  readonly tenant: string;
  readonly stream: string;
  readonly consumers: number;
  readonly eventsPerSecond: number;
  readonly parcels: number;
  readonly faults: FaultProfile;
  /** Whether it fails for a while every other minute, so that a breaker can be seen at work. */
  readonly hasOutages: boolean;
}

const MILD: FaultProfile = { serverError: 15, limited: 5, hang: 1, reset: 10, truncated: 10, html: 5, duplicates: 30 };
const DOWN: FaultProfile = { serverError: 800, hang: 50, reset: 150 };

const PLANS: readonly Plan[] = [
  { tenant: "demo", stream: "north", consumers: 0, eventsPerSecond: 40, parcels: 600, faults: MILD, hasOutages: false },
  { tenant: "demo", stream: "south", consumers: 4, eventsPerSecond: 25, parcels: 300, faults: MILD, hasOutages: false },
  { tenant: "acme", stream: "harbour", consumers: 0, eventsPerSecond: 15, parcels: 200, faults: {}, hasOutages: true },
];

const SECOND_MS = 1_000;
/** The sources tell of so much that has happened already, and then go on. */
const PAST_S = 120;
const FUTURE_S = 3_600;
const HANG_MS = 10_000;
const OUTAGE_EVERY_S = 120;
const OUTAGE_S = 40;

/** Sources whose events happen now, for an hour. */
export async function openScanSources(clock: Clock): Promise<AsyncDisposable & { readonly sources: ScanSource[] }> {
  const open = async (plan: Plan, index: number): Promise<ScanSource> => {
    const { tenant, stream, consumers, eventsPerSecond, parcels, faults } = plan;
    const simulator = await openScanSimulator({
      ...{ seed: index + 1, parcels, faults, hangMs: HANG_MS },
      events: eventsPerSecond * (PAST_S + FUTURE_S),
      released: eventsPerSecond * PAST_S,
      firstEventAt: clock.now() - PAST_S * SECOND_MS,
      eventEveryMs: SECOND_MS / eventsPerSecond,
    }, { clock });
    return { tenant, stream, consumers, simulator };
  };
  const sources = await Promise.all(PLANS.map(open));
  let passedS = 0;
  const cancel = every(clock, SECOND_MS, () => {
    passedS++;
    for (const [index, { eventsPerSecond, faults, hasOutages }] of PLANS.entries()) {
      const { simulator } = sources[index]!;
      const isDown = hasOutages && passedS % OUTAGE_EVERY_S >= OUTAGE_EVERY_S - OUTAGE_S;
      simulator.setFaults(isDown ? DOWN : faults);
      simulator.release(eventsPerSecond);
    }
  });
  return {
    sources,
    async [Symbol.asyncDispose]() {
      cancel();
      await Promise.all(sources.map(({ simulator }) => simulator.stop()));
    },
  };
}
