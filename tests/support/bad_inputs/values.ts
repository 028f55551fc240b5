import { type BadInput, post } from "./bad_input.ts";

type Row = readonly [part: unknown, pointer: string];

const FAR = "2999-01-01T00:00:00Z";

/** What makes a submission that is otherwise good a bad one, and where. */
const SUBMISSIONS: readonly Row[] = [
  [{ type: undefined }, "/type"],
  ...[null, 1, true, [], {}, "", "Report", "report ", " report", "rep\u0000ort", "rеport", "x".repeat(101)]
    .map((type): Row => [{ type }, "/type"]),
  ...["counter", "constructor", "toString", "report,import", "../report", "report;--"].map((type): Row => [
    { type },
    "/type",
  ]),
  ...[null, 1, "", "{}", [], true].map((payload): Row => [{ payload }, "/payload"]),
  ...[1, null, "", "yesterday", "2026-01-01", "2026-01-01T00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z"]
    .map((from): Row => [{ payload: { from } }, "/payload/from"]),
  ...["2026-01-01T25:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z", "+012026-01-01T00:00:00Z", "0", "NaN"]
    .map((to): Row => [{ payload: { to } }, "/payload/to"]),
  [{ payload: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" } }, "/payload/from"],
  [{ payload: { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z" } }, "/payload/from"],
  [{ payload: { from: "1026-01-01T00:00:00Z", to: "2026-01-01T00:00:00Z" } }, "/payload/from"],
  [{ payload: { form: "2026-01-01T00:00:00Z" } }, "/payload"],
  [{ payload: { constructor: {} } }, "/payload"],
  ...[1.5, -1_001, 1_001, "1", null, true, [], 1e308, -1e308, 2 ** 53].map((
    priority,
  ): Row => [{ priority }, "/priority"]),
  ...[0, -1, 101, 1.5, "3", null, 2 ** 53].map((maxAttempts): Row => [{ maxAttempts }, "/maxAttempts"]),
  ...[0, -1, 86_400_001, 0.5, "1000", null, 1e308].map((timeoutMs): Row => [{ timeoutMs }, "/timeoutMs"]),
  ...[-1, 1e300, 0.5, "0", null].map((delayMs): Row => [{ delayMs }, "/delayMs"]),
  ...[1, null, "", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-02-29T00:00:00Z", "9999-12-31T23:59:59Z", FAR]
    .map((runAt): Row => [{ runAt }, "/runAt"]),
  [{ runAt: "2026-01-01T00:00:00Z", delayMs: 0 }, "/runAt"],
  ...["", "x".repeat(201), "a\nb", "a\u0000", "\u001b[31m", "a\u2028", "a\u202eb", "\u200b", 1, null, {}]
    .map((dedupeKey): Row => [{ dedupeKey }, "/dedupeKey"]),
  ...["Type", "types", "constructor", "hasOwnProperty", "", "id", "tenant", "by", "status"]
    .map((name): Row => [{ [name]: "report" }, ""]),
];

/** What else the counter's `add` may be sent, where `{"by":1}` is right. */
const MESSAGES: readonly Row[] = [
  [{}, "/by"],
  ...[null, "1", 1.5, true, [1], {}, 2 ** 53, -(2 ** 53), 1e308].map((by): Row => [{ by }, "/by"]),
  [{ by: 1, more: 1 }, ""],
  [{ By: 1 }, "/by"],
  ...[null, 1, "1", [], [{ by: 1 }]].map((message): Row => [message, ""]),
];

const IMPORTS: readonly Row[] = [
  [{}, "/payload/dataset"],
  ...["", "a b", "a/b", "../a", "a--b", "-a", "ä", "x".repeat(101), 1, null]
    .map((dataset): Row => [{ dataset, content: "id\n" }, "/payload/dataset"]),
  [{ dataset: "d" }, "/payload"],
  [{ dataset: "d", content: "id\n", blob: "b" }, "/payload"],
  [{ dataset: "d", content: 1 }, "/payload/content"],
  [{ dataset: "d", content: "x".repeat(204_801) }, "/payload/content"],
  [{ dataset: "d", content: "id\n", format: "xml" }, "/payload/format"],
  [{ dataset: "d", content: "id\n", format: "constructor" }, "/payload/format"],
  [{ dataset: "d", content: "id\n", key: "" }, "/payload/key"],
  [{ dataset: "d", content: "id\n", key: "k".repeat(201) }, "/payload/key"],
  [{ dataset: "d", blob: "" }, "/payload/blob"],
];

const report = { type: "report" };

const BATCHES: readonly Row[] = [
  [{}, "/jobs"],
  [[], "/jobs"],
  [null, ""],
  [{ jobs: null }, "/jobs"],
  [{ jobs: report }, "/jobs"],
  [{ jobs: [] }, "/jobs"],
  [{ jobs: [null] }, "/jobs/0"],
  [{ jobs: [[report]] }, "/jobs/0"],
  [{ jobs: [report], more: 1 }, ""],
  [{ jobs: [report, { type: "x" }] }, "/jobs/1/type"],
  [{ jobs: [report, { ...report, priority: "1" }] }, "/jobs/1/priority"],
  [{ jobs: [report, { ...report, payload: { from: 1 } }] }, "/jobs/1/payload/from"],
  [{ jobs: [{ ...report, runAt: FAR }] }, "/jobs/0/runAt"],
  [{ jobs: Array(1_001).fill(report) }, "/jobs"],
  [Array(1_001).fill(report), "/jobs"],
];

/** Parsed, but invalid: 422, and where. */
export const VALUE_INPUTS: readonly BadInput[] = [
  ...rows("a submission", SUBMISSIONS, (part) => post("/api/jobs", { ...report, ...part as object })),
  ...rows("a message", MESSAGES, (body) => post("/api/actors/counter/bad/add", body)),
  ...rows("an import", IMPORTS, (payload) => post("/api/jobs", { type: "import", payload })),
  ...rows("a batch", BATCHES, (body) => post("/api/jobs/batch", body)),
];

function rows(of: string, all: readonly Row[], request: (part: unknown) => BadInput["request"]): readonly BadInput[] {
  return all.map(([part, pointer]) => ({
    what: `${of} with ${(JSON.stringify(part) ?? "undefined").slice(0, 80)}`,
    request: request(part),
    answer: [422],
    pointer,
  }));
}
