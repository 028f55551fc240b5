import type { Clock } from "../../runtime/mod.ts";

/** An answer as it can be given to whoever asks the same. */
export interface Answer {
  readonly status: number;
  /** Null where the status has no body. */
  readonly text: string | null;
  /** Without those that every answer to a request bears. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a request asks for; those with the same key are given the same. */
export interface Asked {
  readonly tenant: string;
  readonly key: string;
  /** Of a request that changes something; null of one that reads. */
  readonly target: string | null;
  readonly windowMs: number;
}

/*
 *   under way ──keep()──► kept ──window over, a commit of the tenant, room wanted──► gone
 *       └──drop(), or a commit that it may not have seen──► gone
 *
 * What is gone is found no more; who waits for its answer still gets that.
 *
 * Invariants.
 * - What is found has been made, or is being made, since the last commit of its tenant. Of a change, whose own commit this
 *   may be, that holds once it is made; until then another change of the same target ends it.
 * - Kept answers take at most `maxBytes`, and there are at most `maxAnswers`; those asked for least recently go first.
 */
export class SharedAnswers {
  /** Those asked for least recently first. */
  readonly #byKey = new Map<string, Shared>();
  readonly #byTenant = new Map<string, Set<Shared>>();
  readonly #options: SharedAnswersOptions;
  #bytes = 0;

  constructor(options: SharedAnswersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Of all kept answers, at two for each character. */
  get bytes(): number {
    return this.#bytes;
  }

  find(key: string): Shared | undefined {
    const shared = this.#byKey.get(key);
    if (shared === undefined) return undefined;
    if (shared.sizeBytes > 0 && this.#options.clock.monotonic() >= shared.until) {
      this.drop(shared);
      return undefined;
    }
    this.#byKey.delete(key);
    this.#byKey.set(key, shared);
    return shared;
  }

  /** `answer` resolves to null where it turns out to be nobody else's. */
  begin(asked: Asked, answer: Promise<Answer | null>): Shared {
    const shared: Shared = {
      ...asked,
      answer,
      until: this.#options.clock.monotonic() + asked.windowMs,
      sizeBytes: 0,
    };
    const others = this.#byTenant.get(asked.tenant) ?? new Set();
    if (asked.target !== null) {
      for (const other of others) if (other.target === asked.target) this.drop(other);
    }
    others.add(shared);
    this.#byTenant.set(asked.tenant, others);
    this.#byKey.set(asked.key, shared);
    this.#makeRoom();
    return shared;
  }

  /** Its answer is made and may be given until its window is over. */
  keep(shared: Shared, { text }: Answer): void {
    const sizeBytes = 2 * (shared.key.length + (text?.length ?? 0));
    const { maxAnswerBytes, clock } = this.#options;
    if (sizeBytes > maxAnswerBytes || clock.monotonic() >= shared.until) return this.drop(shared);
    if (this.#byKey.get(shared.key) !== shared) return;
    shared.sizeBytes = sizeBytes;
    this.#bytes += sizeBytes;
    this.#makeRoom();
  }

  drop(shared: Shared): void {
    if (this.#byKey.get(shared.key) !== shared) return;
    this.#byKey.delete(shared.key);
    this.#bytes -= shared.sizeBytes;
    const others = this.#byTenant.get(shared.tenant)!;
    others.delete(shared);
    if (others.size === 0) this.#byTenant.delete(shared.tenant);
  }

  /** Something of the tenant, or of any one, has been committed. */
  committed(tenant: string | null): void {
    for (const shared of (tenant === null ? this.#byKey.values() : this.#byTenant.get(tenant)) ?? []) {
      if (shared.target === null || shared.sizeBytes > 0) this.drop(shared);
    }
  }

  #makeRoom(): void {
    const { maxBytes, maxAnswers } = this.#options;
    for (const shared of this.#byKey.values()) {
      if (this.#bytes <= maxBytes && this.#byKey.size <= maxAnswers) return;
      this.drop(shared);
    }
  }
}

export interface SharedAnswersOptions {
  readonly clock: Clock;
  readonly maxAnswers: number;
  readonly maxBytes: number;
  /** A larger one is for those alone who wait while it is made. */
  readonly maxAnswerBytes: number;
}

export interface Shared extends Asked {
  readonly answer: Promise<Answer | null>;
  /** Monotonic ms. */
  readonly until: number;
  /** 0 until it is kept. */
  sizeBytes: number;
}
