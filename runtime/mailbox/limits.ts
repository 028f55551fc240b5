import type { LaneName } from "../store/contract.ts";
import type { DispatcherOptions } from "./contract.ts";
import type { Room } from "./room.ts";

const NOBODY: ReadonlySet<string> = new Set();

/** How many actors run at once, of each tenant and kind, and which kinds are paused. */
export interface Limits {
  /** Whether one more of the lane may run; one that waits for its kind's limit is told by `ended`. */
  allow(lane: LaneName, activeOfLane: number): boolean;
  /** How many more of the lane may run now; less than one: none. */
  left(lane: LaneName, activeOfLane: number): number;
  begun(lane: LaneName, how: { alone: boolean }): void;
  /** Answers the tenants that were kept waiting for this. */
  ended(lane: LaneName, how: { alone: boolean }): Iterable<string>;
  pause(lane: LaneName): void;
  resume(lane: LaneName): void;
  /** Or its tenant is held. */
  isPaused(lane: LaneName): boolean;
  /** Of all tenants; those whose tenant is held may be missing. */
  readonly paused: Iterable<LaneName>;
}

/** One that runs alone has a process of its own: it counts for its kind, but takes nothing of its tenant's share. */
export function createLimits(
  { kindOf, room, tenantLimitOf, held = NOBODY }:
    & Pick<DispatcherOptions, "kindOf" | "tenantLimitOf" | "held">
    & { readonly room: Pick<Room, "share"> },
): Limits {
  const ofTenant = new Map<string, number>();
  const ofKind = new Map<string, number>();
  const waiting = new Map<string, Set<string>>();
  /** By kind, the tenants for which it is. */
  const paused = new Map<string, Set<string>>();

  const limitOf = (tenant: string) => Math.min(tenantLimitOf(tenant), room.share);
  const isPaused = ({ tenant, kind }: LaneName) => held.has(tenant) || paused.get(kind)?.has(tenant) === true;

  return {
    allow(lane, activeOfLane) {
      const { tenant, kind } = lane;
      const { total = Infinity, perTenant = Infinity } = kindOf(kind)?.concurrency ?? { total: 0 };
      if (isPaused(lane)) return false;
      if ((ofKind.get(kind) ?? 0) >= total) {
        const tenants = waiting.get(kind);
        if (tenants === undefined) waiting.set(kind, new Set([tenant]));
        else tenants.add(tenant);
        return false;
      }
      return activeOfLane < perTenant && (ofTenant.get(tenant) ?? 0) < limitOf(tenant);
    },
    left({ tenant, kind }, activeOfLane) {
      const { total = Infinity, perTenant = Infinity } = kindOf(kind)?.concurrency ?? { total: 0 };
      const ofThisTenant = limitOf(tenant) - (ofTenant.get(tenant) ?? 0);
      return Math.min(total - (ofKind.get(kind) ?? 0), perTenant - activeOfLane, ofThisTenant);
    },
    begun({ tenant, kind }, { alone }) {
      if (!alone) add(ofTenant, tenant, 1);
      add(ofKind, kind, 1);
    },
    ended({ tenant, kind }, { alone }) {
      if (!alone) add(ofTenant, tenant, -1);
      add(ofKind, kind, -1);
      const tenants = waiting.get(kind) ?? [];
      waiting.delete(kind);
      return tenants;
    },
    pause({ tenant, kind }) {
      const tenants = paused.get(kind);
      if (tenants === undefined) paused.set(kind, new Set([tenant]));
      else tenants.add(tenant);
    },
    resume({ tenant, kind }) {
      const tenants = paused.get(kind);
      tenants?.delete(tenant);
      if (tenants?.size === 0) paused.delete(kind);
    },
    isPaused,
    get paused() {
      return paused.entries().flatMap(([kind, tenants]) => tenants.keys().map((tenant) => ({ tenant, kind })));
    },
  };
}

function add(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
