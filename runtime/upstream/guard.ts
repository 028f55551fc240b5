import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Upstream } from "../actor/upstream.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Breaker, CreateBreaker } from "./breaker.ts";
import type { ErrorClass, LimitStore, UpstreamKey, UpstreamSight } from "./contract.ts";
import type { Egress } from "./egress.ts";
import { classOfAnswer, classOfFailure, isFailure } from "./error_class.ts";
import { Limiter } from "./limiter.ts";
import { createRecentRequests, type RecentRequests } from "./recent_requests.ts";
import { retryAfterMs, waitSaidIn } from "./retry_after.ts";

export interface GuardOptions {
  readonly upstream: Upstream;
  readonly key: UpstreamKey;
  /** In the store. */
  readonly storeKey: string;
  readonly egress: Pick<Egress, "fetch">;
  readonly store: LimitStore;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** How a request ended: with an answer of any status, or without one. */
export type Ended =
  & { readonly errorClass: ErrorClass }
  & ({ readonly answer: Fetched } | { readonly error: RuntimeError });

/** An upstream without a breaker is looked at for as long. */
const SIGHT_MS = 30_000;

/** The limit, the breaker and what was seen lately of one key. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #limiter: Limiter;
  readonly #recent: RecentRequests;
  #breaker: Breaker | null = null;
  #lastErrorClass: ErrorClass = "none";
  #requests = 0;

  constructor(options: GuardOptions) {
    const { upstream: { name, rateLimit: rate, breaker }, storeKey, store, clock } = options;
    this.#options = options;
    this.#limiter = new Limiter({ key: storeKey, name, rate, store, clock });
    this.#recent = createRecentRequests(breaker?.windowMs ?? SIGHT_MS, () => clock.monotonic());
  }

  /** It can be forgotten: but for its breaker, all that it knows is in the store. */
  get isIdle(): boolean {
    return this.#requests === 0 && this.#limiter.isIdle && (this.#breaker?.state ?? "closed") === "closed";
  }

  /** The other side asked for no request now. */
  get isHeld(): boolean {
    return this.#limiter.waitUntil !== null;
  }

  /** Its breaker lets none through. */
  get isRefusing(): boolean {
    return this.#breaker !== null && this.#breaker.refusedForMs() !== null;
  }

  /**
   * One request, when limit and breaker let it through.
   * @param before ms since the epoch: what cannot begin by then is refused
   * @throws {RuntimeError} `upstream-limited`, `upstream-unavailable`: it was not made; what the store throws; the signal's
   * reason when it aborts
   */
  async request(
    call: FetchCall,
    { before, signal, create }: { before: number; signal: AbortSignal; create: CreateBreaker },
  ): Promise<Ended> {
    const breaker = this.#breakerBy(create);
    this.#requests++;
    try {
      this.#mustBeClosed(breaker);
      const admitted = this.#limiter.admit(before, signal);
      const permit = admitted instanceof Promise ? await admitted : admitted;
      try {
        // It may have opened while this waited.
        this.#mustBeClosed(breaker);
        const make = () => this.#make(call, signal);
        return breaker === null ? await make() : await breaker.run(make, ({ errorClass }) => isFailure(errorClass));
      } finally {
        permit.end();
      }
    } catch (thrown) {
      if (thrown instanceof RuntimeError && !signal.aborted) this.#notMade(thrown);
      throw thrown;
    } finally {
      this.#requests--;
    }
  }

  sight(): UpstreamSight {
    const { key } = this.#options;
    const { calls, failures, durationMs } = this.#recent.sum();
    return {
      ...key,
      breaker: this.#breaker?.state ?? "closed",
      openUntil: this.#breaker?.openUntil ?? null,
      calls,
      errorRatio: calls === 0 ? 0 : failures / calls,
      latencyMs: calls === 0 ? null : durationMs / calls,
      lastErrorClass: this.#lastErrorClass,
      remaining: this.#options.upstream.rateLimit === null ? null : this.#limiter.remaining,
      waitUntil: this.#limiter.waitUntil,
      availableAt: this.#limiter.availableAt,
    };
  }

  /** Reads what other nodes, or an earlier life, have written. */
  look(): Promise<void> {
    return this.#limiter.look();
  }

  async #make(call: FetchCall, signal: AbortSignal): Promise<Ended> {
    const { egress, clock, upstream: { rateLimit } } = this.#options;
    const begunAt = clock.monotonic();
    // What a kept connection loses leaves once more, which would be two requests of one permit.
    const once = rateLimit === null ? call : { ...call, idempotent: false };
    let ended: Ended;
    try {
      const answer = await egress.fetch(once, signal);
      const waitMs = saidToWait(answer, clock.now());
      ended = { answer, errorClass: classOfAnswer(call, answer, answer.status === 429 || waitMs !== null) };
      if (waitMs !== null) await this.#hold(waitMs);
    } catch (thrown) {
      const error = signal.aborted ? signal.reason : thrown;
      const isOurs = error instanceof RuntimeError && error.code === "upstream-failed";
      if (!isOurs) {
        this.#count(error instanceof RuntimeError && !signal.aborted ? classOfFailure(error) : "cancelled", begunAt);
        throw error;
      }
      ended = { error, errorClass: classOfFailure(error) };
    }
    this.#count(ended.errorClass, begunAt);
    return ended;
  }

  /** Nobody sees the answer before this is durable. */
  async #hold(waitMs: number): Promise<void> {
    const { key: { upstream }, clock, diagnostics } = this.#options;
    diagnostics.tell({ event: "upstream.limited", upstream, waitMs });
    await this.#limiter.hold(clock.now() + waitMs);
  }

  #count(errorClass: ErrorClass, begunAt: number): void {
    const { key: { upstream }, clock, diagnostics } = this.#options;
    const durationMs = clock.monotonic() - begunAt;
    diagnostics.tell({ event: "upstream.requested", upstream, errorClass, durationMs });
    if (errorClass === "cancelled") return;
    if (errorClass !== "none") this.#lastErrorClass = errorClass;
    this.#recent.count({ failed: isFailure(errorClass), durationMs });
  }

  #notMade(error: RuntimeError): void {
    if (error.code !== "upstream-limited" && error.code !== "upstream-unavailable") return;
    const { key: { upstream }, diagnostics } = this.#options;
    this.#lastErrorClass = classOfFailure(error);
    diagnostics.tell({ event: "upstream.requested", upstream, errorClass: this.#lastErrorClass, durationMs: null });
  }

  #mustBeClosed(breaker: Breaker | null): void {
    const refusedForMs = breaker?.refusedForMs() ?? null;
    if (refusedForMs === null) return;
    const { name } = this.#options.upstream;
    throw new RuntimeError("upstream-unavailable", `${name} is not called: it failed too often just now`, {
      retryable: true,
      retryAfterMs: refusedForMs,
    });
  }

  #breakerBy(create: CreateBreaker): Breaker | null {
    const { upstream: { breaker: policy }, key: { upstream }, clock, diagnostics } = this.#options;
    if (policy === null) return null;
    return this.#breaker ??= create({
      policy,
      clock,
      recent: this.#recent,
      changed: (state) => diagnostics.tell({ event: "upstream.breaker", upstream, state }),
    });
  }
}

/** Ms that the other side wants to be left alone; null when it does not say, or is not refusing. */
function saidToWait({ status, headers, text }: Fetched, now: number): number | null {
  if (status !== 429 && status !== 503) return null;
  const [inHeader, inText] = [retryAfterMs(headers, now), waitSaidIn(text)];
  return inHeader === null && inText === null ? null : Math.max(inHeader ?? 0, inText ?? 0);
}
