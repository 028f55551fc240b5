import type { Cluster } from "../cluster/contract.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Committer } from "../store/committer.ts";
import type { Commits } from "./commits.ts";
import type { Health } from "./contract.ts";
import type { StorageWatch } from "./storage_watch.ts";
import type { Turns } from "./turns.ts";

/** How a node is, from its parts. */
export function healthOf({ status, commits, turns, committer, watch, dispatcher, cluster }: {
  readonly status: "starting" | "ready" | "stopping" | "stopped";
  readonly commits: Commits;
  readonly turns: Turns;
  readonly committer: Committer;
  readonly watch: StorageWatch;
  readonly dispatcher: Dispatcher;
  readonly cluster: Pick<Cluster, "drained" | "standing">;
}): Health {
  const readiness = watch.storage !== "ok" ? "unavailable" : cluster.drained ? "draining" : "ready";
  return {
    status: status === "ready" ? readiness : status,
    pending: commits.pending,
    running: turns.size,
    queuedCommits: committer.stats().queued,
    storage: watch.storage,
    waiting: dispatcher.waiting,
    standing: cluster.standing,
  };
}
