import { FETCH_LIMITS } from "../actor/fetch_call.ts";
import type { FetchCall } from "../actor/outcome.ts";
import { isBelow, urlBelow } from "../actor/upstream_url.ts";
import { RuntimeError } from "../core/errors.ts";
import { redirectsAway } from "./exchange.ts";
import { knownUpstream, type ResolvedUpstream } from "./resolved.ts";
import { USER_TIMEOUT_MS } from "./within.ts";

/** Where a call leads whose address a user gave, or its base, and what bounds it. */
export interface UserTarget {
  /** As the user wrote it. */
  readonly base: URL;
  readonly url: URL;
  readonly timeoutMs: number;
  readonly answerBytes: number;
  /** @throws {RuntimeError} `upstream-failed` when the redirect leaves the base */
  checkRedirect(url: URL): void;
}

/** @throws {RuntimeError} `invalid-message` for no whole URL or a path that leaves its base; `not-permitted`, `invalid-config` */
export function userTarget(call: FetchCall, upstreams: ReadonlyMap<string, ResolvedUpstream>): UserTarget {
  if (call.upstream === null) {
    const url = whole(call.url);
    return { base: url, url, timeoutMs: USER_TIMEOUT_MS, answerBytes: FETCH_LIMITS.bodyBytes, checkRedirect: () => {} };
  }
  const { timeoutMs, answerBytes } = knownUpstream(upstreams, call.upstream);
  const base = whole(call.baseUrl ?? "");
  return {
    base,
    url: urlBelow(base.href, call.url),
    timeoutMs,
    answerBytes,
    checkRedirect(url) {
      if (!isBelow(base.href, url)) throw redirectsAway(base.origin);
    },
  };
}

function whole(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new RuntimeError("invalid-message", "The address must be a whole URL: https://host/path");
  return url;
}
