import { circuitBreaker, CircuitState, handleWhenResult, type IBackoff } from "cockatiel";
import type { BreakerPolicy } from "../actor/upstream.ts";
import type { Clock } from "../core/clock.ts";
import type { RecentRequests } from "./recent_requests.ts";

/*
 *   closed ──too many failed──► open ──openMs over, next request──► half-open ──it succeeds──► closed
 *                                 ▲                                     │
 *                                 └──────────────it fails───────────────┘
 */
export interface Breaker {
  readonly state: "closed" | "open" | "half-open";
  /** When it lets a probe through, ms since the epoch; null unless it is open. */
  readonly openUntil: number | null;
  /** Ms before which no request is let through; null when one is. Half open: until the probe is back, which nobody knows. */
  refusedForMs(): number | null;
  /**
   * Makes a request that is let through, and judges it by `failed`. A request that throws has no judgement; as a probe it
   * has failed.
   */
  run<T>(make: () => Promise<T>, failed: (result: T) => boolean): Promise<T>;
}

export interface BreakerOptions {
  readonly policy: BreakerPolicy;
  readonly clock: Clock;
  /** Those that it judges; each is counted before it is judged. */
  readonly recent: RecentRequests;
  readonly changed: (state: Breaker["state"]) => void;
}

export type CreateBreaker = typeof createBreaker;

/** A probe that does not answer is looked at again so soon. */
const PROBE_LOOK_MS = 1_000;
const STATES = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
} as const;

/**
 * Cockatiel's circuit with our window and clock: its own sampling counts the last so many slices that had a request rather
 * than the last so many seconds, its bounds are for more than the ratio, and both read the machine's clock.
 */
export function createBreaker({ policy, clock, recent, changed }: BreakerOptions): Breaker {
  const { failureRatio, minimumCalls, openMs } = policy;
  let openedAt = 0;
  /** Asked before each request while it is open, against how long that is by the machine's clock. */
  const untilOver: IBackoff<unknown> = {
    get duration() {
      return clock.monotonic() - openedAt >= openMs ? -Infinity : Infinity;
    },
    next: () => untilOver,
  };
  const failed = new WeakSet<object>();
  const circuit = circuitBreaker(handleWhenResult((result) => failed.has(result as object)), {
    halfOpenAfter: untilOver,
    breaker: {
      state: null,
      success(state) {
        if (state === CircuitState.HalfOpen) recent.clear();
      },
      failure() {
        const { calls, failures } = recent.sum();
        return calls >= minimumCalls && failures >= failureRatio * calls;
      },
    },
  });
  circuit.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = clock.monotonic();
    changed(STATES[state]);
  });
  const leftMs = () => Math.max(0, openedAt + openMs - clock.monotonic());

  return {
    get state() {
      return STATES[circuit.state];
    },
    get openUntil() {
      return circuit.state === CircuitState.Open ? Math.ceil(clock.now() + leftMs()) : null;
    },
    refusedForMs() {
      if (circuit.state === CircuitState.HalfOpen) return Math.min(PROBE_LOOK_MS, openMs);
      const ms = circuit.state === CircuitState.Open ? Math.ceil(leftMs()) : 0;
      return ms > 0 ? ms : null;
    },
    async run(make, isFailure) {
      const isProbe = circuit.state !== CircuitState.Closed;
      const judged = await circuit.execute(async () => {
        const own: { result?: Awaited<ReturnType<typeof make>>; thrown?: unknown } = {};
        try {
          own.result = await make();
          if (isFailure(own.result)) failed.add(own);
        } catch (thrown) {
          if (!isProbe) throw thrown;
          own.thrown = thrown;
          failed.add(own);
        }
        return own;
      });
      if ("thrown" in judged) throw judged.thrown;
      return judged.result!;
    },
  };
}
