import type { Clock } from "../core/clock.ts";
import type { OutsideAnswer } from "./exchange.ts";
import type { OutsideRequest } from "./redirected.ts";

export type Fetch = typeof fetch;

/** The platform's own. */
// deno-lint-ignore mailroom/clocks -- brokers take it as an argument; this is what it is
export const platformFetch: Fetch = globalThis.fetch;

/** How long the connections of one client serve requests, in ms; the first of the next client asks for their names again. */
export const RENEWED_AFTER_MS = 30_000;
const IDLE_MS = 15_000;

/**
 * Sends through `fetch`, which checks names against the process's permissions, keeps connections and decodes bodies.
 *
 * - The platform uses a connection as long as it is never idle, wherever its name leads by now. So the client to which the
 *   connections belong is replaced every {@linkcode RENEWED_AFTER_MS}; what is under way on the old one ends as it would have.
 * - Where a kept connection is closed before an answer the platform sends again by itself, a POST too. So what must not be
 *   made twice goes through a client that keeps no connection. What may be is made again there after 408, which servers say
 *   to a connection that waited too long (RFC 9110, section 15.5.9).
 */
export class FetchSender {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  #keeping: { readonly client: Deno.HttpClient; readonly since: number } | null = null;
  #unkept: Deno.HttpClient | null = null;

  constructor({ fetch, clock }: { fetch: Fetch; clock: Clock }) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  async send(
    request: OutsideRequest,
    { mayRepeat, signal }: { mayRepeat: boolean; signal: AbortSignal },
  ): Promise<OutsideAnswer> {
    if (!mayRepeat) return await this.#sendThrough(this.#unkeeping(), request, signal);
    const answer = await this.#sendThrough(this.#keepingNow(), request, signal);
    if (answer.status !== 408) return answer;
    answer.discard();
    return await this.#sendThrough(this.#unkeeping(), request, signal);
  }

  /** What is under way goes on. */
  stop(): void {
    this.#keeping?.client.close();
    this.#unkept?.close();
    this.#keeping = this.#unkept = null;
  }

  #keepingNow(): Deno.HttpClient {
    const now = this.#clock.monotonic();
    if (this.#keeping !== null && now - this.#keeping.since >= RENEWED_AFTER_MS) {
      this.#keeping.client.close();
      this.#keeping = null;
    }
    this.#keeping ??= { client: Deno.createHttpClient({ poolIdleTimeout: IDLE_MS }), since: now };
    return this.#keeping.client;
  }

  #unkeeping(): Deno.HttpClient {
    return this.#unkept ??= Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  }

  async #sendThrough(client: Deno.HttpClient, request: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
    const { url, method, headers, body } = request;
    const response = await this.#fetch(url, { method, headers, body, signal, redirect: "manual", client });
    return {
      status: response.status,
      headers: response.headers,
      body: response.body ?? NO_BODY,
      discard: () => void response.body?.cancel().catch(() => {}),
    };
  }
}

const NO_BODY: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };
