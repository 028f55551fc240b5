import { parseMailUrl } from "./mail_url.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry_policy.ts";
import { type Environment, type Setting, wholeIn } from "./setting.ts";

/** A server outside that some kinds reach with `ctx.fetch`. */
export interface Upstream {
  /** Kebab-case; in metrics, logs and errors. */
  readonly name: string;
  /** Absolute, http or https; the paths that are fetched begin below it. Null: each call says it, as users gave it. */
  readonly baseUrl: Setting | null;
  /** Shown to the upstream with each call; no handler ever sees it. Null without a base URL: users would say who gets it. */
  readonly auth: UpstreamAuth | null;
  /** For one request, from its start to the last byte of the answer. */
  readonly timeoutMs: number;
  /** For a call with all its requests and the waits between them. */
  readonly totalTimeoutMs: number;
  /** Of idempotent calls. */
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy | null;
  /** Over all actors, tenants and nodes, and over restarts; of an upstream without a base URL for each tenant and base URL. */
  readonly rateLimit: RateLimit | null;
  /** Turns of each kind that names it that run at once, over all nodes; null: as many as the kind says. */
  readonly concurrency: number | null;
  /** Largest answer, after its decoding. */
  readonly answerBytes: number;
  /** It is a mail server: its base URL is as {@linkcode parseMailUrl} says, and what is posted to it are letters. */
  readonly mail: MailSettings | null;
}

/** What a broker adds to each letter, so that no handler has to know it. */
export interface MailSettings {
  /** `Name <address>`; the part behind the @ is that of each Message-ID, too. */
  readonly from: Setting;
  /** Https; each letter adds `?id=` and the id of its own. Empty: people unsubscribe by a letter to `from`. */
  readonly unsubscribeUrl: Setting;
}

export type UpstreamAuth =
  | { readonly scheme: "basic"; readonly user: Setting; readonly password: Setting }
  | { readonly scheme: "bearer"; readonly token: Setting }
  | { readonly scheme: "header"; readonly name: string; readonly value: Setting };

/**
 * Opens when at least `failureRatio` of at least `minimumCalls` requests within `windowMs` failed; after `openMs` one request
 * probes, and closes it if it succeeds.
 */
export interface BreakerPolicy {
  readonly failureRatio: number;
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly openMs: number;
}

/**
 * `token-bucket`: `limit` requests at once, which come back evenly over `windowMs`. `sliding-window`: never more than `limit`
 * requests begun within any `windowMs`; 1,000 at most, as the instant of each is kept.
 */
export interface RateLimit {
  readonly kind: "token-bucket" | "sliding-window";
  readonly limit: number;
  readonly windowMs: number;
  /** Variables of the environment that may say it otherwise. */
  readonly env?: { readonly limit?: string; readonly windowMs?: string };
}

/** What an author says of an upstream; everything but `name` and `baseUrl` has a default. */
export interface UpstreamDeclaration {
  readonly name: string;
  readonly baseUrl: Setting | null;
  readonly auth?: UpstreamAuth;
  /** 30 s by default. */
  readonly timeoutMs?: number;
  /** 60 s by default. */
  readonly totalTimeoutMs?: number;
  /** By default 4 attempts, base 1 s, max 30 s, as jobs have. */
  readonly retry?: Partial<RetryPolicy>;
  /** By default a ratio of 0.5 over 30 s with at least 10 calls, open for 30 s; null: none. */
  readonly breaker?: Partial<BreakerPolicy> | null;
  /** None by default. */
  readonly rateLimit?: RateLimit;
  /**
   * No bound by default. For what may hang: as many turns at most are held up by it at once, those of other kinds go on, and
   * what is beyond it waits in its mailbox.
   */
  readonly concurrency?: number;
  /** 1 MiB by default, 16 MiB at most. */
  readonly answerBytes?: number;
  readonly mail?: MailSettings;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_TOTAL_MS = 60_000;
const DEFAULT_BREAKER: BreakerPolicy = { failureRatio: 0.5, windowMs: 30_000, minimumCalls: 10, openMs: 30_000 };
const DEFAULT_ANSWER_BYTES = 1024 * 1024;
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
const MOST_IN_WINDOW = 1_000;
const LEAST_WINDOW_MS = 10;
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Declares an upstream; a kind names it in `upstreams` to reach it.
 * @throws {TypeError} when the name is not kebab-case, the base URL is not absolute, http or https, without credentials, there
 * is auth but no base URL, the answer may be larger than 16 MiB, or the rate or the concurrency is none
 */
export function defineUpstream(declared: UpstreamDeclaration): Upstream {
  const { name, baseUrl, answerBytes = DEFAULT_ANSWER_BYTES, mail = null } = declared;
  if (!NAME.test(name)) throw new TypeError(`The upstream ${JSON.stringify(name)} must be kebab-case`);
  if (mail !== null && (baseUrl === null || declared.auth !== undefined)) {
    throw new TypeError(`The upstream ${name} is a mail server: its base URL says where, and with which password`);
  }
  if (typeof baseUrl === "string") checkBaseUrl({ name, mail }, baseUrl);
  if (baseUrl === null && declared.auth !== undefined) {
    throw new TypeError(`The upstream ${name} has no base URL: its auth would be shown to whatever address users give`);
  }
  if (answerBytes > MOST_ANSWER_BYTES) {
    throw new TypeError(`The upstream ${name} may answer ${MOST_ANSWER_BYTES} bytes at most`);
  }
  if (declared.rateLimit !== undefined) checkRate(name, declared.rateLimit);
  const { concurrency = null } = declared;
  if (concurrency !== null && !(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    throw new TypeError(`The concurrency of the upstream ${name} is no whole number of 1 or more`);
  }
  return Object.freeze({
    name,
    baseUrl,
    auth: declared.auth ?? null,
    timeoutMs: declared.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    totalTimeoutMs: declared.totalTimeoutMs ?? DEFAULT_TOTAL_MS,
    retry: { ...DEFAULT_RETRY, ...declared.retry },
    breaker: declared.breaker === null ? null : { ...DEFAULT_BREAKER, ...declared.breaker },
    rateLimit: declared.rateLimit ?? null,
    concurrency,
    answerBytes,
    mail,
  });
}

/** @throws {TypeError} when what the environment says of its rate is none */
export function withRateOf(env: Environment, upstream: Upstream): Upstream {
  const { name, rateLimit } = upstream;
  if (rateLimit?.env === undefined) return upstream;
  const { kind, limit, windowMs, env: variables } = rateLimit;
  const rate: RateLimit = {
    kind,
    limit: wholeIn(env, variables.limit, limit),
    windowMs: wholeIn(env, variables.windowMs, windowMs),
  };
  checkRate(name, rate);
  return { ...upstream, rateLimit: rate };
}

function checkRate(name: string, { kind, limit, windowMs }: RateLimit): void {
  const most = kind === "sliding-window" ? MOST_IN_WINDOW : Infinity;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > most || !(windowMs >= LEAST_WINDOW_MS)) {
    throw new TypeError(`The rate of the upstream ${name} is no 1-${most} requests in ${LEAST_WINDOW_MS} ms or more`);
  }
}

/** @throws {TypeError} when it is not absolute, http or https, without credentials; of a mail server: no address of one */
export function checkBaseUrl({ name, mail }: Pick<Upstream, "name" | "mail">, baseUrl: string): void {
  if (mail !== null) {
    if (parseMailUrl(baseUrl) !== null) return;
    throw new TypeError(`The upstream ${name} needs smtp[s]://USER:PASSWORD@HOST:PORT, maildir:PATH or null:`);
  }
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new TypeError(`The upstream ${name} needs an absolute http or https base URL without credentials`);
  }
}
