import type { AnyKind } from "../actor/kind.ts";
import type { LaneName } from "../store/contract.ts";

/** What kinds say of how their messages are delivered. */
export interface KindRules {
  /** A turn starts only when the actor's earlier turns are durable. */
  isOuter(kind: string): boolean;
  /** The next turns may run on what the earlier ones left before that is on disk. */
  runsAhead(lane: LaneName): boolean;
  /** No more than so many of the lane's heads have an owner at once, on whatever node. */
  isLimited(lane: LaneName): boolean;
}

export function createKindRules(
  { kindOf, tenantLimitOf }: {
    kindOf: (kind: string) => AnyKind | undefined;
    tenantLimitOf: (tenant: string) => number;
  },
): KindRules {
  return {
    isOuter: (kind) => kindOf(kind)?.outer === true,
    // Nobody but such an actor's own turns needs the earlier ones durable; with a journal it has one message only.
    runsAhead({ kind }) {
      const { outer = true, journal = null } = kindOf(kind) ?? {};
      return !outer && journal === null;
    },
    isLimited({ tenant, kind }) {
      const { total, perTenant } = kindOf(kind)?.concurrency ?? {};
      return total !== undefined || perTenant !== undefined || Number.isFinite(tenantLimitOf(tenant));
    },
  };
}
