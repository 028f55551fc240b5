import type { Cluster } from "../cluster/contract.ts";
import { RuntimeError } from "../core/errors.ts";
import type { NodeReport, StoreEntry } from "../store/contract.ts";
import type { Nodes, NodeView } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";

/** Who drained what is committed first: so nobody drains a node without a trace of it. */
export function createNodes(
  { cluster, self, report, commit, now }: {
    /** Undefined where the store is this node's alone. */
    cluster: Pick<Cluster, "nodes" | "drain"> | undefined;
    self: () => Pick<NodeView, "node" | "generation" | "role" | "startedAt">;
    report: () => NodeReport;
    /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
    commit: (entry: StoreEntry) => Promise<void>;
    now: () => number;
  },
): Nodes {
  const alone = (): NodeView => ({ ...self(), ...report(), leaseUntil: null, drained: false, owned: null });
  const list = async (): Promise<readonly NodeView[]> => cluster === undefined ? [alone()] : await cluster.nodes();
  return {
    list,
    async drain(tenant, node, drained, { rows } = OWN_DEED) {
      const found = (await list()).find((one) => one.node === node);
      if (found === undefined) throw notFound();
      if (found.drained === drained) return found;
      if (cluster === undefined) {
        throw new RuntimeError("conflict", `${node} is the only node of its store: nobody could take its work`);
      }
      await commit({ tenant, at: now(), writes: [], rows });
      if (!await cluster.drain(node, drained)) throw notFound();
      return { ...found, drained };
    },
  };
}

function notFound(): RuntimeError {
  return new RuntimeError("not-found", "There is no such node");
}
