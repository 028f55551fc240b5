import { type Clock, systemClock } from "../../../runtime/core/clock.ts";
import { type Random, seededRandom } from "../../../runtime/core/random.ts";
import { JSON_TYPE, type PlannedAnswer, refusal, spoiled } from "../../simulating/answers.ts";
import { drawFault, hang } from "../../simulating/faults.ts";
import { openWire, type Respond, type Wire } from "../../simulating/wire.ts";
import type { Part } from "../rows.ts";
import { Book } from "./book.ts";
import type { CannedAnswer, CatalogCall, CatalogFaults, CatalogOptions, CatalogSimulator } from "./contract.ts";
import { CONTROL_PATH, controlAnswer } from "./control.ts";

const PATHS: Readonly<Record<string, Part>> = { "/v2/categories": "categories", "/v1/catalog": "brands" };
const HOUR_MS = 60 * 60_000;
const KEPT_CALLS = 100_000;
/** So that the faults do not follow the items' random numbers. */
const FAULTS_SEED = 0x5eed_ca7a;
const [USER, PASSWORD] = ["mailroom", "catalog-simulator"];
const NOTHING_THERE: PlannedAnswer = { status: 404, headers: {}, body: [] };
const UNKNOWN_USER: PlannedAnswer = { status: 401, headers: { "www-authenticate": "Basic" }, body: [] };
const WORDINGS: readonly ((seconds: number) => string)[] = [
  (seconds) => `Too many requests. Please wait for ${seconds} seconds.`,
  (seconds) => `{"error":"rate limit exceeded","message":"Try again in ${seconds} seconds"}`,
  (seconds) => `API calls quota exceeded! maximum admitted 2 per 1h. You can retry after ${seconds} seconds`,
];
const MALFORMED = [
  { internalId: "b-misnamed", name: 7 },
  { internalId: "b-broken", name: "Broken", products: [{ internalId: "p-broken", name: "Its price", prices: [{}] }] },
  { name: "Nobody knows its id" },
  "no brand",
];

/** Opens it on 127.0.0.1. */
export async function openCatalogSimulator(
  options: CatalogOptions,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<CatalogSimulator> {
  const { windowMs = HOUR_MS, limits = { categories: 10, brands: 2 }, hangMs, mostWaitMs = 2_000 } = options;
  const random = seededRandom(options.seed ^ FAULTS_SEED);
  const book = new Book(options);
  const calls: CatalogCall[] = [];
  const canned: Record<Part, CannedAnswer[]> = { categories: [], brands: [] };
  const never = { askedAt: 0, askedUntil: 0 };
  const waits: Record<Part, typeof never> = { categories: never, brands: never };
  let version = 0;
  const credentials = `Basic ${btoa(`${USER}:${PASSWORD}`)}`;
  let faults: CatalogFaults = options.faults ?? {};

  const note = (call: CatalogCall) => {
    calls.push(call);
    if (calls.length > KEPT_CALLS) calls.shift();
  };
  const text = (part: Part, fault: keyof CatalogFaults | null): Uint8Array[] => {
    const more = fault === "malformed" ? [MALFORMED[Math.floor(random.next() * MALFORMED.length)]] : [];
    return [new TextEncoder().encode(part === "brands" ? book.brandsText(more) : book.categoriesText)];
  };
  /** Nobody can have heard of the wait before the answer that says it was sent. */
  const asking = (part: Part, answer: PlannedAnswer, askedUntil: number) => ({
    answer,
    sent: () => {
      if (askedUntil > waits[part].askedUntil) waits[part] = { askedAt: clock.now(), askedUntil };
    },
  });

  const respond: Respond = async ({ method, url, authorization, signal }) => {
    if (url.pathname.startsWith(CONTROL_PATH)) return { answer: controlAnswer(simulator, { method, url }) };
    const part = PATHS[url.pathname];
    if (part === undefined || method !== "GET") return { answer: NOTHING_THERE };
    const at = clock.now();
    const since = calls.filter((call) => call.part === part && call.at > at - windowMs);
    const isExcess = since.length >= limits[part];
    const fault = drawFault(faults, random);
    const early = at < waits[part].askedUntil ? waits[part] : null;
    const noted = (status: number) => note({ at, part, status, fault, isExcess, early, version });
    if (authorization !== credentials) {
      noted(401);
      return { answer: UNKNOWN_USER };
    }
    const next = canned[part].shift();
    if (next !== undefined) {
      noted(next.status);
      const body = [new TextEncoder().encode(next.body)];
      return { answer: { status: next.status, headers: next.headers ?? JSON_TYPE, body } };
    }
    if (isExcess) {
      noted(429);
      const waitMs = since.at(-limits[part])!.at + windowMs - at;
      return asking(part, inWords(Math.ceil(waitMs / 1_000), random), at + Math.ceil(waitMs / 1_000) * 1_000);
    }
    switch (fault) {
      case "hang":
        noted(0);
        return await hang(clock, hangMs, signal);
      case "reset":
      case "truncated":
        noted(200);
        return { answer: spoiled(fault, text(part, fault), random) };
      case "limited": {
        noted(429);
        const seconds = 1 + Math.floor(random.next() * (mostWaitMs / 1_000));
        if (random.next() < 0.5) return asking(part, inWords(seconds, random), at + seconds * 1_000);
        const answer = refusal("limited", random, { now: at, seconds });
        return asking(part, answer, answer.waitUntil!);
      }
      case "serverError":
      case "html": {
        const answer = refusal(fault, random, { now: at, seconds: 1 });
        noted(answer.status);
        return { answer };
      }
      default:
        noted(200);
        return { answer: { status: 200, headers: JSON_TYPE, body: text(part, fault) } };
    }
  };

  let wire: Wire | null = await openWire(respond, options.port ?? 0);
  const { port } = wire;
  const [urlV1, urlV2] = [`http://127.0.0.1:${port}/v1`, `http://127.0.0.1:${port}/v2`];
  const simulator: CatalogSimulator = {
    ...{ urlV1, urlV2, user: USER, password: PASSWORD, calls },
    env: {
      CATALOG_BASE_URL_V1: urlV1,
      CATALOG_BASE_URL_V2: urlV2,
      CATALOG_USER: USER,
      CATALOG_PASSWORD: PASSWORD,
      CATALOG_WINDOW_MS: String(windowMs),
      CATALOG_CATEGORY_CALLS: String(limits.categories),
    },
    change(count) {
      version++;
      for (let left = count; left > 0; left--) book.change();
    },
    changeProducts(count) {
      version++;
      book.changeProducts(count);
    },
    get answerBytes() {
      return text("brands", null)[0]!.length;
    },
    listing: () => book.listing(),
    setFaults: (given) => void (faults = given),
    answerNext: (part, answer) => void canned[part].push(answer),
    async stop() {
      const open = wire;
      wire = null;
      await open?.close();
    },
    async start() {
      wire ??= await openWire(respond, port);
    },
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
  return simulator;
}

function inWords(seconds: number, random: Random): PlannedAnswer {
  const words = WORDINGS[Math.floor(random.next() * WORDINGS.length)]!(seconds);
  return { status: 429, headers: { "content-type": "text/plain" }, body: [new TextEncoder().encode(words)] };
}
