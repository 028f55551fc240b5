import { parseAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import { createCluster } from "../cluster/cluster.ts";
import type { Cluster } from "../cluster/contract.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Duties, LaneName, NodeReport, NodeRole, SharedStore, StoreReads } from "../store/contract.ts";
import type { Commits } from "./commits.ts";
import type { Foreign } from "./foreign.ts";
import type { Idleness } from "./idleness.ts";

/** What of the node the cluster layer moves. */
export interface ClusteredParts {
  readonly read: StoreReads;
  readonly dispatcher: Dispatcher;
  readonly commits: Commits;
  /** Told again, as a hint may have been lost. */
  readonly idleness: Idleness;
  readonly report: () => NodeReport;
  readonly runsTurns: boolean;
  readonly changed: () => void;
  readonly wishes: () => Promise<void>;
  readonly control: () => Promise<void>;
  /** When the next schedule is due, whoever made it. */
  readonly ticks: () => Promise<void>;
  /** Other nodes have ended in the middle of what they did. */
  readonly tookOver: () => void;
  /** What others do to events and rows. */
  readonly foreign: Pick<Foreign, "heard" | "look">;
  readonly onFatal: (error: RuntimeError) => void;
}

const LEASE_MS = 10_000;
/** Of all that a look reads only this grows with what waits: so it takes no more than a part of the time. */
const COUNTS_REST = 20;

export function createClustering(
  { shared, node, clock, random, diagnostics, leaseMs = LEASE_MS }: {
    readonly shared: SharedStore;
    readonly node: string;
    readonly clock: Clock;
    readonly random: Random;
    readonly diagnostics: Diagnostics;
    /** As the store was opened with; 10,000 by default. */
    readonly leaseMs: number | undefined;
  },
  parts: ClusteredParts,
): Cluster {
  const { read, dispatcher, commits, runsTurns } = parts;
  let countAgainAt = -Infinity;
  const expect = (lanes: readonly LaneName[]) => {
    if (!runsTurns || lanes.length === 0) return;
    for (const lane of lanes) dispatcher.expect(lane);
    dispatcher.pump();
  };
  /** To a node that has nothing to do. */
  const shed = () =>
    dispatcher.shed(async (names) => {
      try {
        await shared.disown({ only: names.map(parseAddress) });
      } finally {
        await commits.told();
      }
    }).catch(() => {});
  const cluster = createCluster({ shared, clock, random, leaseMs, node, diagnostics }, {
    report: parts.report,
    changed: parts.changed,
    tookOver: parts.tookOver,
    forget() {
      dispatcher.forget();
      return dispatcher.busy();
    },
    looks: {
      async lanes() {
        if (runsTurns && cluster.mayDeliver) expect(await shared.claimable());
        parts.idleness.tell();
      },
      wishes: parts.wishes,
      control: parts.control,
      news: () => parts.foreign.look(),
      async counts() {
        if (clock.monotonic() < countAgainAt) return;
        const begunAt = clock.monotonic();
        await commits.recount();
        countAgainAt = clock.monotonic() + COUNTS_REST * (clock.monotonic() - begunAt);
      },
      async due() {
        if (!runsTurns) return;
        commits.expectDue(await read.nextDueAt() ?? Infinity);
        await parts.ticks();
      },
    },
    heard(hint) {
      expect(hint.lanes ?? []);
      if (hint.idle) void shed();
      if (hint.dueAt !== undefined) commits.expectDue(hint.dueAt);
      parts.foreign.heard(hint);
    },
    onFatal: (thrown) => parts.onFatal(explained(thrown, node)),
  });
  return cluster;
}

/** What a shared store asks this node, from the kinds' definitions and what the dispatcher has room for. */
export function dutiesOf(
  { registry, tenantLimitOf, runsTurns, dispatcher, mayDeliver }: {
    readonly registry: Registry;
    readonly tenantLimitOf: (tenant: string) => number;
    readonly runsTurns: boolean;
    readonly dispatcher: Dispatcher;
    readonly mayDeliver: () => boolean;
  },
): Duties {
  return {
    appetite: () => runsTurns && mayDeliver() ? dispatcher.appetite : 0,
    limitsOf(kind) {
      const limits = registry.kinds.get(kind)?.concurrency;
      return limits?.total === undefined && limits?.perTenant === undefined ? undefined : limits;
    },
    tenantLimitOf(tenant) {
      const limit = tenantLimitOf(tenant);
      return Number.isFinite(limit) ? limit : undefined;
    },
  };
}

/** What the loop asks of a cluster that is made after it. */
export function membershipOf(cluster: () => Cluster): Pick<Cluster, "mayDeliver" | "startBefore"> {
  return {
    get mayDeliver() {
      return cluster().mayDeliver;
    },
    get startBefore() {
      return cluster().startBefore;
    },
  };
}

/** Roles whose nodes run turns. */
export function runsTurns(role: NodeRole): boolean {
  return role === "all" || role === "worker";
}

/** Why a process ends whose life is over, for whoever reads its last line. */
export function explained(thrown: unknown, node: string): RuntimeError {
  if (!(thrown instanceof RuntimeError)) return new RuntimeError("internal", String(thrown), { cause: thrown });
  if (thrown.code !== "fenced") return thrown;
  const message =
    `The node ${node} could not renew its lease in time (it was paused, or cut off from the database), so ` +
    `others have taken over its work. What it ran runs again there. Start it again: it joins as a new node`;
  return new RuntimeError("fenced", message, { cause: thrown });
}
