import { type Clock, systemClock } from "../../../runtime/core/clock.ts";
import { seededRandom } from "../../../runtime/core/random.ts";
import { JSON_TYPE, type PlannedAnswer, refusal, spoiled } from "../../simulating/answers.ts";
import { drawFault, hang } from "../../simulating/faults.ts";
import { openWire, type Respond, type Wire } from "../../simulating/wire.ts";
import { Book } from "./book.ts";
import type { EarlyLedgerRequest, LedgerFaults, LedgerOptions, LedgerRequest, LedgerSimulator } from "./contract.ts";
import { CONTROL_PATH, controlAnswer } from "./control.ts";
import { reordered } from "./entries.ts";

const PATH = "/ledger";
const MOST_LIMIT = 500;
const KEPT_REQUESTS = 100_000;
/** So that the faults do not follow the entries' random numbers. */
const FAULTS_SEED = 0x5eed_1ed6;
const NOTHING_THERE: PlannedAnswer = { status: 404, headers: {}, body: [] };
const BAD_REQUEST: PlannedAnswer = { status: 400, headers: {}, body: [] };
const PAGE_FAULTS: readonly (keyof LedgerFaults)[] = ["repeated", "empty", "reordered"];

/** What is asked for; null where it is nothing that a ledger knows. */
type Question =
  & { readonly tenant: string; readonly day: string | null }
  & ({ readonly after: number; readonly limit: number } | { readonly after: null; readonly through: number });

/** Opens it on 127.0.0.1. */
export async function openLedgerSimulator(
  options: LedgerOptions,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<LedgerSimulator> {
  const { seed, entries: count, hangMs, retryAfterSeconds = 1 } = options;
  const random = seededRandom(seed ^ FAULTS_SEED);
  const books = new Map<string, Book>();
  const requests: LedgerRequest[] = [];
  const early: EarlyLedgerRequest[] = [];
  let faults: LedgerFaults = options.faults ?? {};
  let released = Math.min(options.released ?? count, count);
  let asked = { askedAt: 0, askedTenant: "", askedUntil: 0 };

  const bookOf = (tenant: string) => books.get(tenant) ?? books.set(tenant, new Book(tenant, options)).get(tenant)!;
  const note = (request: LedgerRequest) => {
    requests.push(request);
    if (requests.length > KEPT_REQUESTS) requests.shift();
    if (request.at < asked.askedUntil) early.push({ at: request.at, tenant: request.tenant, ...asked });
  };
  const answerTo = (question: Question, fault: keyof LedgerFaults | null): unknown => {
    const book = bookOf(question.tenant);
    const { day } = question;
    if (question.after === null) {
      return { day, totals: book.totals(released, question.through).filter((total) => total.day === day) };
    }
    const { after, limit } = question;
    const page = fault === "empty" ? [] : book.page(released, { after, limit, day, repeated: fault === "repeated" });
    const entries = fault === "reordered" ? reordered(page, random) : page;
    return { entries, lastPosition: book.lastPosition(released, day) };
  };
  const respond: Respond = async ({ method, url, signal }) => {
    if (url.pathname.startsWith(CONTROL_PATH)) return { answer: controlAnswer(simulator, { method, url }) };
    if (!url.pathname.startsWith(PATH) || method !== "GET") return { answer: NOTHING_THERE };
    const question = questionIn(url);
    if (question === null) return { answer: BAD_REQUEST };
    const at = clock.now();
    const drawn = drawFault(faults, random);
    const fault = drawn !== null && question.after === null && PAGE_FAULTS.includes(drawn) ? null : drawn;
    const { tenant, after, day } = question;
    const noted = (status: number) => note({ at, path: url.pathname, tenant, after, day, fault, status });
    const body = () => [new TextEncoder().encode(JSON.stringify(answerTo(question, fault)))];
    switch (fault) {
      case "hang":
        noted(0);
        return await hang(clock, hangMs, signal);
      case "reset":
      case "truncated":
        noted(200);
        return { answer: spoiled(fault, body(), random) };
      case "serverError":
      case "limited":
      case "html": {
        const answer = refusal(fault, random, { now: at, seconds: retryAfterSeconds });
        noted(answer.status);
        const { waitUntil: askedUntil } = answer;
        if (askedUntil === undefined) return { answer };
        const sent = () => {
          if (askedUntil > asked.askedUntil) asked = { askedAt: at, askedTenant: tenant, askedUntil };
        };
        return { answer, sent };
      }
      default:
        noted(200);
        return { answer: { status: 200, headers: JSON_TYPE, body: body() } };
    }
  };

  let wire: Wire | null = await openWire(respond, options.port ?? 0);
  const { port } = wire;
  const simulator: LedgerSimulator = {
    url: `http://127.0.0.1:${port}${PATH}`,
    requests,
    early,
    oracle: (tenant, upTo) => bookOf(tenant).upTo(count, upTo),
    totals: (tenant, upTo) => bookOf(tenant).totals(count, upTo),
    lastPosition: (tenant) => bookOf(tenant).upTo(released).at(-1)?.position ?? 0,
    setFaults: (profile) => void (faults = profile),
    release: (more = count) => void (released = Math.min(count, released + more)),
    misstate: (tenant, position, amount) => bookOf(tenant).misstate(position, amount),
    mend: () => books.forEach((book) => book.mend()),
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

function questionIn({ pathname, searchParams }: URL): Question | null {
  const number = (name: string) => {
    const text = searchParams.get(name);
    return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : null;
  };
  const [tenant, day] = [searchParams.get("tenant"), searchParams.get("day")];
  const [after, limit, through] = [number("after"), number("limit"), number("through")];
  if (tenant === null) return null;
  if (pathname === `${PATH}/entries` && after !== null && limit !== null && limit > 0) {
    return { tenant, day, after, limit: Math.min(limit, MOST_LIMIT) };
  }
  if (pathname === `${PATH}/control-totals` && day !== null && through !== null) {
    return { tenant, day, after: null, through };
  }
  return null;
}
