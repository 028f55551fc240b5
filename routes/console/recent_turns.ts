import type { Clock, Diagnostics } from "../../runtime/mod.ts";
import { boundsBelow, quantile, slotOf } from "./log_histogram.ts";

const SLOT_MS = 5_000;
const SLOTS = 120;
const MINUTE_SLOTS = 60_000 / SLOT_MS;
/** Pairs of tenant and kind that are told apart within a slot; what is more is counted as nobody's. */
const MOST_LANES = 256;
const NOBODY = "";

/** What happened in a slot of time. */
interface Counts {
  accepted: number;
  committed: number;
  retried: number;
  deadLettered: number;
  readonly durations: Uint32Array;
  readonly waits: Uint32Array;
}

interface Slot {
  /** Of all slots since the epoch. */
  place: number;
  readonly byTenant: Map<string, Map<string, Counts>>;
  lanes: number;
}

/** A slot of time as a chart shows it. Latencies in ms, null without any. */
export interface Point {
  /** Its begin, in ms since the epoch. */
  readonly at: number;
  readonly accepted: number;
  readonly committed: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly durationP50: number | null;
  readonly durationP95: number | null;
  readonly waitP95: number | null;
}

/** Which lanes to read: of a tenant, of all (null). */
export interface RecentTurns {
  /** The last ten minutes, oldest first, in slots of five seconds; the one that has not ended is left out. */
  points(tenant: string | null): readonly Point[];
  /** Turns committed in the last minute, the most first. */
  doneByKind(tenant: string | null): readonly { readonly name: string; readonly done: number }[];
  /** Whoever took a turn or was sent mail lately; without those that were too many to be told apart. */
  tenants(): readonly string[];
}

export const POINT_SECONDS: number = SLOT_MS / 1_000;

/**
 * What the turns of this node came to in the last ten minutes, by tenant and kind. It hears of every turn, so a turn costs it two
 * lookups and an addition; memory is bounded by the slots and the lanes of each.
 */
export function createRecentTurns({ diagnostics, clock }: { diagnostics: Diagnostics; clock: Clock }): RecentTurns {
  const ring: Slot[] = Array.from({ length: SLOTS + 1 }, () => ({ place: -1, byTenant: new Map(), lanes: 0 }));
  const placeNow = () => Math.floor(clock.now() / SLOT_MS);
  const slotAt = (place: number): Slot | null => {
    const slot = ring[place % ring.length]!;
    return slot.place === place ? slot : null;
  };
  const countsOf = (tenant: string, kind: string): Counts => {
    const place = placeNow();
    const slot = ring[place % ring.length]!;
    if (slot.place !== place) {
      slot.place = place;
      slot.byTenant.clear();
      slot.lanes = 0;
    }
    return found(slot, tenant, kind) ?? added(slot, tenant, kind);
  };
  diagnostics.observe((diagnostic) => {
    switch (diagnostic.event) {
      case "turn.committed": {
        const counts = countsOf(diagnostic.tenant, diagnostic.kind);
        counts.committed++;
        counts.durations[slotOf(diagnostic.durationMs)]!++;
        counts.waits[slotOf(diagnostic.waitedMs)]!++;
        break;
      }
      case "message.accepted":
        countsOf(diagnostic.tenant, diagnostic.kind).accepted++;
        break;
      case "turn.retried":
        countsOf(diagnostic.tenant, diagnostic.kind).retried++;
        break;
      case "message.dead-lettered":
        countsOf(diagnostic.tenant, diagnostic.kind).deadLettered++;
        break;
    }
  });
  return {
    points(tenant) {
      const last = placeNow() - 1;
      return Array.from({ length: SLOTS }, (_, index) => {
        const place = last - SLOTS + 1 + index;
        return pointOf(place * SLOT_MS, lanesOf(slotAt(place), tenant));
      });
    },
    doneByKind(tenant) {
      const last = placeNow() - 1;
      const done = new Map<string, number>();
      for (let place = last - MINUTE_SLOTS + 1; place <= last; place++) {
        for (const [kind, { committed }] of lanesOf(slotAt(place), tenant)) {
          if (committed > 0) done.set(kind, (done.get(kind) ?? 0) + committed);
        }
      }
      return [...done].map(([name, done]) => ({ name, done })).sort((one, other) => other.done - one.done);
    },
    tenants() {
      const oldest = placeNow() - SLOTS;
      const names = new Set(ring.flatMap(({ place, byTenant }) => place < oldest ? [] : [...byTenant.keys()]));
      names.delete(NOBODY);
      return [...names].sort();
    },
  };
}

function found({ byTenant }: Slot, tenant: string, kind: string): Counts | undefined {
  return byTenant.get(tenant)?.get(kind);
}

function added(slot: Slot, tenant: string, kind: string): Counts {
  const isFull = slot.lanes >= MOST_LANES;
  const [whose, what] = isFull ? [NOBODY, NOBODY] : [tenant, kind];
  const known = found(slot, whose, what);
  if (known !== undefined) return known;
  const byKind = slot.byTenant.get(whose) ?? new Map<string, Counts>();
  slot.byTenant.set(whose, byKind);
  const counts: Counts = {
    accepted: 0,
    committed: 0,
    retried: 0,
    deadLettered: 0,
    durations: new Uint32Array(boundsBelow.length),
    waits: new Uint32Array(boundsBelow.length),
  };
  byKind.set(what, counts);
  slot.lanes++;
  return counts;
}

function lanesOf(slot: Slot | null, tenant: string | null): readonly (readonly [kind: string, counts: Counts])[] {
  if (slot === null) return [];
  if (tenant !== null) return [...slot.byTenant.get(tenant) ?? []];
  return [...slot.byTenant.values()].flatMap((byKind) => [...byKind]);
}

function pointOf(at: number, lanes: readonly (readonly [string, Counts])[]): Point {
  const sums = { accepted: 0, committed: 0, retried: 0, deadLettered: 0 };
  const durations = new Uint32Array(boundsBelow.length);
  const waits = new Uint32Array(boundsBelow.length);
  for (const [, counts] of lanes) {
    sums.accepted += counts.accepted;
    sums.committed += counts.committed;
    sums.retried += counts.retried;
    sums.deadLettered += counts.deadLettered;
    for (let index = 0; index < durations.length; index++) {
      durations[index]! += counts.durations[index]!;
      waits[index]! += counts.waits[index]!;
    }
  }
  return {
    at,
    ...sums,
    durationP50: quantile(durations, 0.5),
    durationP95: quantile(durations, 0.95),
    waitP95: quantile(waits, 0.95),
  };
}
