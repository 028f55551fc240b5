import type { Cluster } from "../cluster/contract.ts";
import { RuntimeError } from "../core/errors.ts";
import type { StoreEntry } from "../store/contract.ts";
import type { Nodes } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";

/** Who drained what is committed first: so nobody drains a node without a trace of it. */
export function createNodes(
  { cluster, commit, now }: {
    cluster: Pick<Cluster, "nodes" | "drain">;
    /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
    commit: (entry: StoreEntry) => Promise<void>;
    now: () => number;
  },
): Nodes {
  return {
    list: () => cluster.nodes(),
    async drain(tenant, node, drained, { rows } = OWN_DEED) {
      const found = (await cluster.nodes()).find((one) => one.node === node);
      if (found === undefined) throw notFound();
      if (found.drained === drained) return found;
      await commit({ tenant, at: now(), writes: [], rows });
      if (!await cluster.drain(node, drained)) throw notFound();
      return { ...found, drained };
    },
  };
}

function notFound(): RuntimeError {
  return new RuntimeError("not-found", "There is no such node");
}
