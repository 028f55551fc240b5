import assert from "node:assert/strict";
import { type Death, Inquest } from "../../runtime/host/inquest.ts";

Deno.test("Inquest.hold() names the only turn that a child had", () => {
  assert.deepEqual(judge({ outstanding: [1] }), { 1: "culprit" });
});

Deno.test("Inquest.hold() suspects what was told last, or all where nothing was told of what is outstanding", () => {
  assert.deepEqual(judge({ outstanding: [1, 2, 3], told: [2, 9] }), { 1: "innocent", 2: "suspect", 3: "innocent" });
  assert.deepEqual(judge({ outstanding: [1, 2], told: [9] }), { 1: "suspect", 2: "suspect" });
});

Deno.test("Inquest.hold() believes what was told at the very end", () => {
  const sight = "exact" as const;
  assert.deepEqual(judge({ outstanding: [1, 2], told: [2], sight }), { 1: "innocent", 2: "culprit" });
  assert.deepEqual(judge({ outstanding: [1, 2, 3], told: [1, 2], sight }), {
    1: "suspect",
    2: "suspect",
    3: "innocent",
  });
  assert.deepEqual(judge({ outstanding: [1], told: [], sight }), { 1: "innocent" });
});

Deno.test("Inquest.hold() names the turn of a lone child: the one that was told, else the first", () => {
  const sight = "lone" as const;
  assert.deepEqual(judge({ outstanding: [1, 2], sight }), { 1: "culprit", 2: "innocent" });
  assert.deepEqual(judge({ outstanding: [1, 2], told: [2], sight }), { 1: "innocent", 2: "culprit" });
});

Deno.test("Inquest.hold() excuses everybody in a child that was given up for something else", () => {
  assert.deepEqual(judge({ outstanding: [1, 2], told: [1], verdict: "retired" }), { 1: "innocent", 2: "innocent" });
});

Deno.test("Inquest.hold() suspects a bystander at the second death in a row, and forgets it after one without it", () => {
  const inquest = new Inquest();
  const first = { outstanding: [1, 2, 3], told: [1] };
  assert.deepEqual(judge(first, inquest), { 1: "suspect", 2: "innocent", 3: "innocent" });
  const retired = { outstanding: [2], told: [], verdict: "retired" as const };
  assert.deepEqual(judge(retired, inquest), { 2: "innocent" });
  assert.deepEqual(judge({ outstanding: [2, 4, 5], told: [4] }, inquest), {
    2: "suspect",
    4: "suspect",
    5: "innocent",
  });
  assert.deepEqual(judge({ outstanding: [3, 6], told: [6] }, inquest), { 3: "innocent", 6: "suspect" });
});

Deno.test("Inquest.hold() has no bystanders where the culprit is known", () => {
  const inquest = new Inquest();
  judge({ outstanding: [1, 2], told: [1], sight: "exact" }, inquest);
  assert.deepEqual(judge({ outstanding: [2, 3], told: [3] }, inquest), { 2: "innocent", 3: "suspect" });
});

interface Case {
  readonly outstanding: readonly number[];
  readonly told?: readonly number[];
  readonly sight?: Death["sight"];
  readonly verdict?: Death["verdict"];
}

/** How each turn is judged; the message of a turn bears its number. */
function judge(
  { outstanding, told = [], sight = "late", verdict = "child-lost" }: Case,
  inquest: Inquest = new Inquest(),
): Record<number, "culprit" | "suspect" | "innocent"> {
  const messages = new Map(outstanding.map((turn) => [turn, `message-${turn}`]));
  const lost = inquest.hold({ verdict, outstanding: messages, told: new Set(told), sight });
  assert.ok(lost.every((turn) => turn.verdict === verdict && (turn.started || !turn.culprit)));
  return Object.fromEntries(
    lost.map(({ turn, started, culprit }) => [turn, culprit ? "culprit" : started ? "suspect" : "innocent"]),
  );
}
