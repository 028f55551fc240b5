import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Upstream } from "../actor/upstream.ts";
import { backoffMs } from "../core/backoff.ts";
import { type Clock, sleep } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { CreateBreaker } from "./breaker.ts";
import type { LimitStore, UpstreamClient, UpstreamKey } from "./contract.ts";
import type { Egress } from "./egress.ts";
import { mayPass } from "./error_class.ts";
import { type Ended, Guard } from "./guard.ts";
import { createGuards } from "./guards.ts";
import { within } from "./within.ts";

export interface UpstreamClientOptions {
  /** Each that a kind names, once. */
  readonly upstreams: readonly Upstream[];
  /** The client stops it. Without it there are no calls. */
  readonly egress: Egress | undefined;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly diagnostics: Diagnostics;
  /** Cockatiel's by default, which is loaded at the first call. */
  readonly createBreaker?: CreateBreaker;
}

const NO_EGRESS: Egress = {
  fetch: () => Promise.reject(new RuntimeError("not-permitted", "This node makes no calls to the outside")),
  stop: () => Promise.resolve(),
};
/** What is shown of limits is read again no sooner. */
const LOOK_MS = 1_000;

/**
 * Between the turns and the brokers.
 *
 *   call ─► [ breaker lets it? ─► limit lets it? ─► request ─► wait asked for: durable ] ─► answer
 *              ▲                                                                      │
 *              └──────── idempotent, and may pass: backoff with full jitter ──────────┘
 *
 * Calls to addresses that users give (webhooks) pass by: they belong to no upstream.
 */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const { egress = NO_EGRESS, store, clock, diagnostics } = options;
  const upstreams = [...options.upstreams].sort((a, b) => a.name < b.name ? -1 : 1);
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  const guards = createGuards(
    upstreams,
    (upstream, key, storeKey) => new Guard({ upstream, key, storeKey, egress, store, clock, diagnostics }),
  );
  const stopping = new AbortController();
  let createBreaker = options.createBreaker;
  let lookedAt = -Infinity;
  const loaded = async () => createBreaker ??= (await import("./breaker.ts")).createBreaker;
  const declared = () =>
    upstreams.filter(({ baseUrl }) => baseUrl !== null)
      .map(({ name }) => guards.of({ upstream: name, tenant: null, baseUrl: null }));
  /** What other nodes, and earlier lives, have written is shown the next time. */
  const look = (all: readonly Guard[]) => {
    if (clock.monotonic() - lookedAt < LOOK_MS) return;
    lookedAt = clock.monotonic();
    for (const guard of all) guard.look().catch(() => {});
  };

  return {
    async fetch(call, { tenant, signal }) {
      if (call.upstream === null) return await egress.fetch(call, signal);
      const upstream = byName.get(call.upstream);
      if (upstream === undefined) throw new RuntimeError("not-permitted", `No upstream is named ${call.upstream}`);
      const guard = guards.of(keyOf(call, tenant));
      const create = createBreaker ?? await loaded();
      const { name, totalTimeoutMs } = upstream;
      const signals = [signal, stopping.signal];
      return await within(totalTimeoutMs, { name, clock, signals }, async (signal) => {
        const before = clock.now() + totalTimeoutMs;
        return await answered(call, { ...options, upstream, guard, before, signal, create });
      });
    },
    sights() {
      const all = declared();
      look(all);
      return all.map((guard) => guard.sight());
    },
    sightOf: (key) => guards.known(key)?.sight() ?? null,
    async look(upstream) {
      if (!byName.get(upstream)?.baseUrl) return null;
      const guard = guards.of({ upstream, tenant: null, baseUrl: null });
      await guard.look();
      return guard.sight();
    },
    async stop() {
      stopping.abort(new RuntimeError("stopping", "The node is stopping: the call was not made", { retryable: true }));
      await egress.stop();
    },
  };
}

function keyOf({ upstream, baseUrl }: FetchCall, tenant: string): UpstreamKey {
  return { upstream: upstream!, tenant: baseUrl === null ? null : tenant, baseUrl };
}

interface Making extends Pick<UpstreamClientOptions, "clock" | "random"> {
  readonly upstream: Upstream;
  readonly guard: Guard;
  /** Ms since the epoch. */
  readonly before: number;
  readonly signal: AbortSignal;
  readonly create: CreateBreaker;
}

/** Makes requests until one has an answer that no other would better, or none may be made any more. */
async function answered(call: FetchCall, making: Making): Promise<Fetched> {
  const { upstream: { name, retry, timeoutMs }, guard, before, signal, create, clock, random } = making;
  const bounded = { ...call, timeoutMs: Math.min(call.timeoutMs ?? timeoutMs, timeoutMs) };
  for (let attempt = 1;; attempt++) {
    const ended = await guard.request(bounded, { before, signal, create });
    if (!call.idempotent || attempt >= retry.maxAttempts || !isPassing(ended)) return answerOf(ended, name);
    // What the other side asked to wait is waited for by the limit, or refused by it.
    const delayMs = guard.isHeld ? 0 : backoffMs(retry, attempt, random);
    if (clock.now() + delayMs >= before) return answerOf(ended, name);
    if (delayMs > 0) await sleep(clock, delayMs, signal);
    // A failure that opened the breaker is told as what it was.
    if (guard.isRefusing) return answerOf(ended, name);
  }
}

function isPassing(ended: Ended): boolean {
  return mayPass(ended.errorClass, "answer" in ended ? ended.answer.status : null);
}

function answerOf(ended: Ended, name: string): Fetched {
  if ("error" in ended) throw ended.error;
  if (ended.errorClass !== "invalid") return ended.answer;
  throw new RuntimeError("upstream-failed", `${name} answered ${ended.answer.status} with no JSON`, {
    retryable: true,
  });
}
