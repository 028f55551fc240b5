/**
 * A signal that aborts with the first of several, by the same reason, until it is left.
 *
 * `AbortSignal.any` cannot be left: it is held by weak references, which V8 clears only when it collects the old
 * generation. So all that hangs from the signal of a call, the call itself too, would grow old before it is found dead.
 */
export class JoinedSignal implements Disposable {
  readonly #own = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #onAbort = (event: Event) => this.abort((event.target as AbortSignal).reason);

  constructor(sources: readonly AbortSignal[]) {
    this.#sources = sources;
    const aborted = sources.find((source) => source.aborted);
    if (aborted !== undefined) this.#own.abort(aborted.reason);
    else for (const source of sources) source.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** As if one of the others had: only the first reason counts. */
  abort(reason: unknown): void {
    this[Symbol.dispose]();
    this.#own.abort(reason);
  }

  /** It does not abort with the others any more. */
  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener("abort", this.#onAbort);
  }
}
