import type { Cluster } from "../cluster/contract.ts";
import { type CancelTimer, type Clock, sleep } from "../core/clock.ts";
import type { Host } from "../host/contract.ts";
import type { Committer } from "../store/committer.ts";
import type { Store } from "../store/contract.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import type { StopOptions } from "./contract.ts";
import type { Questions } from "./questions.ts";
import type { Turns } from "./turns.ts";

/** What outcomes that came back get to be written; only a storage that refuses writes takes longer. */
const DRAIN_MS = 2_000;
const GRACE_MS = 10_000;

/** What a node is made of, as far as it has to be ended. */
export interface StoppedParts {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly questions: Questions;
  readonly host: Host;
  readonly upstreams: Pick<UpstreamClient, "stop">;
  readonly committer: Committer;
  readonly cluster: Pick<Cluster, "handOver" | "leave">;
  readonly store: Store;
}

/**
 * Ends the parts of a node in the order in which nothing is lost:
 *
 *   turns finish ──all did, or the grace is over──► host stopped ──written, or 2 s──► last answers ──► store closed
 *
 * What waits is handed over to other nodes at the beginning, and what is left when nothing runs any more.
 *
 * What is not written then, because it did not finish or because the storage refuses it, is still in its mailbox and has
 * cost no attempt. A later call waits for the first and can only shorten its grace: for a person who will not wait.
 */
export function createStopping(
  parts: StoppedParts,
  { begun, over }: { begun: () => void; over: () => void },
): (options?: StopOptions) => Promise<void> {
  const grace = createGrace(parts.clock);
  let ended: Promise<void> | null = null;
  return ({ graceMs = GRACE_MS, beforeClose } = {}) => {
    grace.atMost(graceMs);
    if (ended !== null) return ended;
    begun();
    // The lease frees it later, where this fails.
    parts.cluster.handOver().catch(() => {});
    return ended = end(parts, grace, beforeClose).then(over);
  };
}

async function end(
  { clock, turns, questions, host, upstreams, committer, cluster, store }: StoppedParts,
  grace: Grace,
  beforeClose?: () => Promise<void>,
): Promise<void> {
  await Promise.race([turns.idle(), grace.over]);
  grace.close();
  questions.close();
  await Promise.all([host.stop(), upstreams.stop()]);
  await atMost(clock, committer.drain());
  await atMost(clock, cluster.leave().catch(() => {}));
  await beforeClose?.();
  committer.close();
  await store.close();
}

async function atMost(clock: Clock, done: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([done, sleep(clock, DRAIN_MS, over.signal)]).finally(() => over.abort());
}

interface Grace {
  readonly over: Promise<void>;
  /** It is over this long from now at the latest. */
  atMost(ms: number): void;
  /** Leaves no timer behind. */
  close(): void;
}

function createGrace(clock: Clock): Grace {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timers: CancelTimer[] = [];
  let closed = false;
  return {
    over,
    atMost(ms) {
      if (!closed) timers.push(clock.after(ms, resolve));
    },
    close() {
      closed = true;
      for (const cancel of timers) cancel();
    },
  };
}
