import type { RateLimit } from "../actor/upstream.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { LimitStore } from "./contract.ts";
import { KeptBook } from "./kept_book.ts";
import * as limits from "./limits.ts";
import { UnderWay } from "./under_way.ts";

/** A request that may begin now. */
export interface Permit {
  /** It has its answer, or will have none. */
  end(): void;
}

export interface LimiterOptions {
  /** In the store. */
  readonly key: string;
  /** In errors. */
  readonly name: string;
  readonly rate: RateLimit | null;
  readonly store: LimitStore;
  readonly clock: Clock;
}

interface Waiting {
  /** Does not wait beyond; ms since the epoch. */
  readonly deadline: number;
  admit(permit: Permit): void;
  reject(why: unknown): void;
}

/** A fifth of the window within these: how much later than it is taken a request may reach the other side. */
const LATE_MS = { least: 200, most: 5_000 };
/** Less than rows are kept that say nothing. */
const OLD_MS = 60 * 60 * 1_000;
const FREE: Permit = { end() {} };

/*
 * Admits the requests of one key, in the order in which they came.
 *
 *   admit() ──waits──► one round: read (when not known) ─► take for all that fit ─► commit ─► they begin
 *                        ▲ another node was first: again          │ none fits: sleep until one does, or a new one comes
 *                        └────────────────────────────────────────┘
 *
 * What is taken is durable before it begins; what the other side asked to wait is durable before the answer that asked is
 * seen by anyone. On a store that other nodes write, a key without a declared rate is read before its requests, as another
 * node may have been asked to wait; one with a rate is written anyway, which fails if the state has changed. There, a request
 * of a sliding window that is late is written as soon as it is: long before another node takes its place. On a store of this
 * node's own, a key without a rate and a wait costs a comparison.
 */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #book: KeptBook;
  readonly #underWay: UnderWay;
  #admitting = false;
  #lateMs: number;
  /** Whoever came, whatever ended: what was found out before must be found out anew. */
  #changes = 0;
  #wake: () => void = () => {};

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#book = new KeptBook(options);
    this.#underWay = new UnderWay(this.#book);
    this.#lateMs = Math.min(Math.max((options.rate?.windowMs ?? 0) / 5, LATE_MS.least), LATE_MS.most);
  }

  /** Nobody waits, and nothing is under way. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0 && !this.#admitting;
  }

  get remaining(): number | null {
    const { rate, clock } = this.#options;
    return limits.remaining(this.#book.now, rate, clock.now());
  }

  get waitUntil(): number | null {
    const now = this.#options.clock.now();
    const until = limits.waitUntil(this.#book.now, now);
    return until > now ? until : null;
  }

  /** When a request may begin; null: at once. */
  get availableAt(): number | null {
    const { rate, clock } = this.#options;
    const now = clock.now();
    const at = limits.availableAt(this.#book.now, rate, { now, nth: 1 });
    return at > now ? at : null;
  }

  /** So that it can be shown before a request, and where other nodes make them. */
  async look(): Promise<void> {
    await this.#book.inTurn(() => this.#book.read());
  }

  /**
   * Resolves when a request may begin, at once if nothing stands against it.
   * @throws {RuntimeError} `upstream-limited` when it may not until the deadline; what the store throws
   */
  admit(deadline: number, signal: AbortSignal): Permit | Promise<Permit> {
    const { rate, store } = this.#options;
    if (rate === null && this.#book.isKnown && !store.isShared && this.waitUntil === null) return FREE;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.#waiting.delete(own);
        signal.removeEventListener("abort", onAbort);
        if (this.#waiting.size === 0) this.#changed();
      };
      const onAbort = () => own.reject(signal.reason);
      const own: Waiting = {
        deadline,
        admit(permit) {
          leave();
          resolve(permit);
        },
        reject(why) {
          leave();
          reject(why);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(own);
      this.#changed();
      if (!this.#admitting) void this.#admitAll();
    });
  }

  /** Durable when it resolves: no node begins a request before `until`. */
  async hold(until: number): Promise<void> {
    await this.#book.hold(until);
    this.#changed();
  }

  async #admitAll(): Promise<void> {
    const { store, clock } = this.#options;
    this.#admitting = true;
    while (this.#waiting.size > 0 || this.#mustBeTold) {
      const changes = this.#changes;
      let nextAt: number | null;
      try {
        nextAt = await this.#book.inTurn(() => this.#round());
      } catch (thrown) {
        for (const each of [...this.#waiting]) each.reject(thrown);
        if (!store.isShared || this.#underWay.size === 0) break;
        nextAt = clock.now() + this.#lateMs;
      }
      if (nextAt !== null && changes === this.#changes) await this.#sleepUntil(nextAt);
    }
    this.#admitting = false;
  }

  /** Other nodes count with what is written. */
  get #mustBeTold(): boolean {
    return this.#options.store.isShared && (this.#underWay.size > 0 || this.#book.isAhead);
  }

  /**
   * Admits whom it can. Answers when the next of those that are left can be, or one that is under way is late; null when that
   * is now, or nobody is left.
   */
  async #round(): Promise<number | null> {
    const { rate, store, clock } = this.#options;
    if (!this.#book.isKnown || (store.isShared && (rate === null || this.#isOld))) await this.#book.read();
    const now = clock.now();
    // What is not answered may not have reached the other side yet.
    this.#underWay.extend(now, store.isShared ? now + this.#lateMs : now);
    const allowed = limits.remaining(this.#book.now, rate, now) ?? Infinity;
    const count = Math.min(allowed, this.#waiting.size);
    const lateMs = this.#lateMs;
    if (rate !== null && (count > 0 || (store.isShared && this.#book.isAhead))) {
      if (!await this.#book.write(limits.taken(this.#book.now, rate, { now, count, lateMs }))) return null;
      // Asked to wait meanwhile.
      if (this.waitUntil !== null) return null;
      const tookMs = clock.now() - now;
      // What was taken would reach the other side later than was said: it is lost, and more time is left the next time.
      if (rate.kind === "sliding-window" && tookMs >= lateMs) {
        this.#lateMs = Math.min(2 * tookMs, limits.LATEST_MS);
        return null;
      }
    }
    for (const each of [...this.#waiting].slice(0, count)) each.admit(this.#permit(now + lateMs));
    const nextAt = this.#refuse();
    return store.isShared && this.#underWay.size > 0 ? Math.min(this.#underWay.earliest, nextAt ?? Infinity) : nextAt;
  }

  /** What says nothing any more may have been removed, and begun anew with the same versions. */
  get #isOld(): boolean {
    const { rate, clock } = this.#options;
    return limits.idleAt(this.#book.now, rate) + OLD_MS < clock.now();
  }

  /** Those who cannot wait as long as they would have to. */
  #refuse(): number | null {
    const { name, rate, clock } = this.#options;
    const now = clock.now();
    let nth = 1;
    for (const each of [...this.#waiting]) {
      const at = limits.availableAt(this.#book.now, rate, { now, nth });
      if (at <= each.deadline) nth++;
      else each.reject(limited(name, at - now));
    }
    return this.#waiting.size === 0 ? null : limits.availableAt(this.#book.now, rate, { now, nth: 1 });
  }

  #permit(at: number): Permit {
    const { rate, store, clock } = this.#options;
    if (rate?.kind !== "sliding-window") return FREE;
    const request = this.#underWay.begin(at);
    return {
      end: () => {
        // Nobody is to be ahead of the other nodes, who count with what is written.
        this.#underWay.end(request, { now: clock.now(), mayBeEarlier: !store.isShared });
        this.#changed();
      },
    };
  }

  #changed(): void {
    this.#changes++;
    this.#wake();
  }

  /** Or until somebody comes, or a request ends. */
  async #sleepUntil(at: number): Promise<void> {
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(at - clock.now(), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

function limited(name: string, retryAfterMs: number): RuntimeError {
  return new RuntimeError("upstream-limited", `${name} takes no call for ${retryAfterMs} ms: its limit is reached`, {
    retryable: true,
    retryAfterMs,
  });
}
