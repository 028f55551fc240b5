import { type Clock, sleep } from "../core/clock.ts";
import type { Host } from "../host/contract.ts";
import type { Committer } from "../store/committer.ts";
import type { Store } from "../store/contract.ts";
import type { Egress } from "../upstream/egress.ts";
import type { Questions } from "./questions.ts";
import type { Turns } from "./turns.ts";

/** What outcomes that came back get to be written; only a storage that refuses writes takes longer. */
const DRAIN_MS = 2_000;

/**
 * Ends the parts of a node in the order in which nothing is lost: turns get `graceMs`, what came back is committed. What
 * is not, because it did not finish or the storage refuses it, is still in its mailbox and costs no attempt.
 */
export async function stopParts(
  { clock, turns, questions, host, committer, store, egress }: {
    clock: Clock;
    turns: Turns;
    questions: Questions;
    host: Host;
    committer: Committer;
    store: Store;
    egress: Egress | undefined;
  },
  graceMs: number,
): Promise<void> {
  await atMost(clock, graceMs, turns.idle());
  questions.close();
  await host.stop();
  await egress?.stop();
  await atMost(clock, DRAIN_MS, committer.drain());
  committer.close();
  await store.close();
}

async function atMost(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, sleep(clock, ms, done.signal)]).finally(() => done.abort());
}
