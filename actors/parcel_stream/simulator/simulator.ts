import { type Clock, sleep, systemClock } from "../../../runtime/core/clock.ts";
import { seededRandom } from "../../../runtime/core/random.ts";
import { JSON_TYPE, type PlannedAnswer, refusal, spoiled } from "../../simulating/answers.ts";
import { drawFault, hang } from "../../simulating/faults.ts";
import { openWire, type Respond, type Wire } from "../../simulating/wire.ts";
import type { EarlyRequest, FaultProfile, ScanSimulator, ScanSimulatorOptions, SimulatedRequest } from "./contract.ts";
import { CONTROL_PATH, controlAnswer } from "./control.ts";
import { keepEvents } from "./kept_events.ts";
import { parcelsAfter } from "./oracle.ts";
import { pageOf } from "./pages.ts";
import { simulatedScans } from "./scans.ts";

const PATH = "/v1/scans/scanevents";
const MOST_LIMIT = 1_000;
const KEPT_REQUESTS = 100_000;
/** 2026-01-05T06:00:00Z. */
const FIRST_EVENT_AT = 1_767_592_800_000;
/** So that the faults do not follow the events' random numbers. */
const FAULTS_SEED = 0x5eed_fa17;
const FAULTS: readonly (keyof FaultProfile)[] = [
  "serverError",
  "limited",
  "hang",
  "reset",
  "truncated",
  "html",
  "duplicates",
  "repeated",
  "empty",
];
const NOTHING_THERE: PlannedAnswer = { status: 404, headers: {}, body: [] };
const BAD_REQUEST: PlannedAnswer = { status: 400, headers: {}, body: [] };

/** Opens it on 127.0.0.1. */
export async function openScanSimulator(
  options: ScanSimulatorOptions,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<ScanSimulator> {
  const { seed, events: count, parcels, malformedPerMille = 5, holesPerMille = 20, answerMs = 0, hangMs } = options;
  const { firstEventAt = FIRST_EVENT_AT, eventEveryMs = 500, retryAfterSeconds = 1 } = options;
  const generate = () =>
    simulatedScans({
      random: seededRandom(seed),
      events: count,
      parcels,
      malformedPerMille,
      holesPerMille,
      firstEventAt,
      eventEveryMs,
    });
  const events = keepEvents(generate(), count);
  const random = seededRandom(seed ^ FAULTS_SEED);
  const requests: SimulatedRequest[] = [];
  const early: EarlyRequest[] = [];
  let faults: FaultProfile = options.faults ?? {};
  let released = Math.min(options.released ?? count, count);
  let asked = { at: 0, until: 0 };

  const note = (request: SimulatedRequest) => {
    requests.push(request);
    if (requests.length > KEPT_REQUESTS) requests.shift();
    if (request.at < asked.until) early.push({ ...request, askedAt: asked.at, askedUntil: asked.until });
  };
  const respond: Respond = async ({ method, url, signal }) => {
    if (url.pathname.startsWith(CONTROL_PATH)) return { answer: controlAnswer(simulator, { method, url }) };
    if (url.pathname !== PATH || method !== "GET") return { answer: NOTHING_THERE };
    const at = clock.now();
    const fromEventId = wholeOf(url.searchParams.get("FromEventId"));
    const limit = wholeOf(url.searchParams.get("Limit"));
    if (fromEventId === null || limit === null || limit < 1) return { answer: BAD_REQUEST };
    const fault = drawFault(faults, random, FAULTS);
    const page = (pageFault: "duplicates" | "repeated" | "empty" | null) =>
      pageOf(events, { fromEventId, limit: Math.min(limit, MOST_LIMIT), released }, { fault: pageFault, random });
    const noted = (status: number) => note({ at, fromEventId, limit, fault, status });
    switch (fault) {
      case "hang":
        noted(0);
        return await hang(clock, hangMs, signal);
      case "reset":
      case "truncated":
        noted(200);
        return { answer: spoiled(fault, page(null), random) };
      case "serverError":
      case "limited":
      case "html": {
        const answer = refusal(fault, random, { now: at, seconds: retryAfterSeconds });
        noted(answer.status);
        const { waitUntil } = answer;
        if (waitUntil === undefined) return { answer };
        return { answer, sent: () => void (waitUntil > asked.until && (asked = { at, until: waitUntil })) };
      }
      default:
        noted(200);
        if (answerMs > 0) await sleep(clock, answerMs, signal).catch(() => {});
        return { answer: { status: 200, headers: JSON_TYPE, body: page(fault) } };
    }
  };

  let wire: Wire | null = await openWire(respond, options.port ?? 0);
  const { port } = wire;
  const simulator: ScanSimulator = {
    url: `http://127.0.0.1:${port}${PATH}`,
    lastEventId: events.lastId,
    malformed: generate().reduce((sum, { scan }) => scan === null ? sum + 1 : sum, 0),
    requests,
    early,
    oracle: (upTo = Infinity) => parcelsAfter(generate(), upTo),
    scans: (upTo = Infinity) =>
      generate().flatMap(({ id, scan }) => scan !== null && id <= upTo ? [scan] : []).toArray(),
    malformedTexts: (upTo = Infinity) =>
      generate().filter(({ id, scan }) => scan === null && id <= upTo).map(({ text }) => text).toArray(),
    setFaults: (profile) => void (faults = profile),
    release: (more = count) => void (released = Math.min(count, released + more)),
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

function wholeOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
