import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { type Clock, within } from "../../runtime/mod.ts";
import { Refusal } from "../problem.ts";

/*
 * The public keys of whoever signs the tokens, fetched when they are first needed.
 *
 *   none ──fetched──► fresh ──10 min──► stale ──fetched──► fresh
 *                                       stale ──24 h──► none       (nobody answered for a day)
 *
 * - Fresh and stale keys answer at once; a stale set is fetched again beside that.
 * - A key that is not in the set has it fetched again, which is how a new key comes in: at most once in 30 s, whoever asks,
 *   so that invented key ids are no load for the other side; 2 s after a fetch that failed.
 * - Nobody waits longer than 5 s. Who needs a key that could not be looked for is answered 503, not 401.
 */

export interface KeySetOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly onKeysMissing: (error: unknown) => void;
}

const FRESH_MS = 10 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;
const COOLDOWN_MS = 30_000;
const RETRY_MS = 2_000;
const DEADLINE_MS = 5_000;
const LIMIT_BYTES = 256 * 1024;

/** Which key is for what, the library sees to. @see RFC 7517 */
const keySet = z.object({ keys: z.array(z.looseObject({})).max(100) });

/** Answers the key that a token's head names; it may leave that out where only one fits. @throws {Refusal} 503 when it cannot be known now; {JWKSNoMatchingKey} */
export function createKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { clock } = options;
  let known: { readonly find: JWTVerifyGetKey; readonly fetchedAt: number } | null = null;
  let last: { readonly at: number; readonly failed: boolean } | null = null;
  let underWay: Promise<void> | null = null;

  const refresh = (): Promise<void> => {
    underWay ??= fetchKeys(options).then(
      (keys) => {
        known = { find: createLocalJWKSet(keys), fetchedAt: clock.monotonic() };
        last = { at: clock.monotonic(), failed: false };
      },
      (thrown: unknown) => {
        last = { at: clock.monotonic(), failed: true };
        options.onKeysMissing(thrown);
      },
    ).finally(() => underWay = null);
    return underWay;
  };
  const mayAsk = () => last === null || clock.monotonic() - last.at >= (last.failed ? RETRY_MS : COOLDOWN_MS);
  const ageMs = () => known === null ? Infinity : clock.monotonic() - known.fetchedAt;

  return async (head, token) => {
    if (ageMs() >= KEPT_MS) {
      if (underWay !== null || mayAsk()) await refresh();
    } else if (ageMs() >= FRESH_MS && mayAsk()) void refresh();
    if (known === null || ageMs() >= KEPT_MS) throw unavailable();
    try {
      return await known.find(head, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
      if (underWay !== null || mayAsk()) await refresh();
      if (last?.failed === true) throw unavailable();
      return await known.find(head, token);
    }
  };
}

function unavailable(): Refusal {
  return new Refusal(503, "The keys that tokens are verified with cannot be had at the moment: try again", {
    headers: { "Retry-After": "5" },
  });
}

async function fetchKeys({ url, clock, fetch }: KeySetOptions): Promise<JSONWebKeySet> {
  return await within(DEADLINE_MS, { name: "AUTH_JWKS_URL", clock, signals: [] }, async (signal) => {
    const response = await fetch(url, { signal, redirect: "error", headers: { Accept: "application/json" } });
    if (!response.ok) {
      await response.body?.cancel();
      throw new TypeError(`AUTH_JWKS_URL answered ${response.status}`);
    }
    return keySet.parse(JSON.parse(await boundedText(response))) as JSONWebKeySet;
  });
}

async function boundedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > LIMIT_BYTES) throw new TypeError(`AUTH_JWKS_URL answered more than ${LIMIT_BYTES} bytes`);
  }
  return text;
}
