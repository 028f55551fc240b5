import type { NodeReport, NodeRole, Ownership } from "../store/contract.ts";
import type { Cluster, NodeView } from "./contract.ts";

/** The membership of a node that has its store for itself: nobody can end its life, and it leads in all. */
export function createLoneNode(
  { ownership: { node, generation }, role, startedAt, report, changed }: {
    readonly ownership: Ownership;
    readonly role: NodeRole;
    readonly startedAt: () => number;
    readonly report: () => NodeReport;
    readonly changed: () => void;
  },
): Cluster {
  let drained = false;
  const view = (): NodeView => ({
    node,
    generation,
    role,
    startedAt: startedAt(),
    leaseUntil: null,
    drained,
    owned: null,
    ...report(),
  });
  const nothing = () => Promise.resolve();
  return {
    get mayDeliver() {
      return !drained;
    },
    startBefore: Infinity,
    get drained() {
      return drained;
    },
    standing: null,
    leads: true,
    live: nothing,
    start: nothing,
    handOver: nothing,
    leave: nothing,
    stop() {},
    nodes: () => Promise.resolve([view()]),
    drain(name, wanted) {
      if (name !== node) return Promise.resolve(false);
      drained = wanted;
      changed();
      return Promise.resolve(true);
    },
  };
}
