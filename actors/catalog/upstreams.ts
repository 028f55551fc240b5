import { defineUpstream, fromEnv } from "../authoring.ts";

const HOUR_MS = 60 * 60_000;
/** What a catalogue of 20,000 products comes to, with room. */
const BRANDS_BYTES = 16 * 1024 * 1024;
const CATEGORIES_BYTES = 4 * 1024 * 1024;
/** Four in a row that fail, and nothing else for hours: a cycle is left out. */
const BREAKER = { failureRatio: 1, minimumCalls: 4, windowMs: 3 * HOUR_MS, openMs: HOUR_MS / 2 } as const;
const AUTH = { scheme: "basic", user: fromEnv("CATALOG_USER"), password: fromEnv("CATALOG_PASSWORD") } as const;

/** `GET /categories`. */
export const catalogCategories = defineUpstream({
  name: "catalog-categories",
  baseUrl: fromEnv("CATALOG_BASE_URL_V2"),
  auth: AUTH,
  answerBytes: CATEGORIES_BYTES,
  breaker: BREAKER,
  retry: { maxAttempts: 2 },
  rateLimit: {
    kind: "sliding-window",
    limit: 10,
    windowMs: HOUR_MS,
    env: { limit: "CATALOG_CATEGORY_CALLS", windowMs: "CATALOG_WINDOW_MS" },
  },
});

/** `GET /catalog`: twice an hour, so what fails is not asked for again before the next cycle. */
export const catalogBrands = defineUpstream({
  name: "catalog-brands",
  baseUrl: fromEnv("CATALOG_BASE_URL_V1"),
  auth: AUTH,
  answerBytes: BRANDS_BYTES,
  breaker: BREAKER,
  totalTimeoutMs: 90_000,
  timeoutMs: 60_000,
  retry: { maxAttempts: 1 },
  rateLimit: { kind: "sliding-window", limit: 2, windowMs: HOUR_MS, env: { windowMs: "CATALOG_WINDOW_MS" } },
});
