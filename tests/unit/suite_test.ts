import assert from "node:assert/strict";
import { suiteParts } from "../support/suite_parts.ts";
import { countOf, type PartResult, reasonOf } from "../support/suite_result.ts";

const names = (folder: string, count: number) =>
  Array.from({ length: count }, (_, index) => `tests/${folder}/${String(index).padStart(2, "0")}_test.ts`);

Deno.test("suiteParts() runs every file once, those of a server five by five and the README's examples last", () => {
  const files = [...names("unit", 50), ...names("e2e", 6), ...names("integration", 7), ...names("simulation", 1)];
  const parts = suiteParts(files);
  assert.deepEqual(parts.flatMap(({ paths }) => paths).toSorted(), [...files, "README.md"].toSorted());
  assert.deepEqual(parts.map(({ paths }) => paths.length), [5, 1, 7, 1, 30, 20, 1]);
  assert.deepEqual(parts.at(-1)?.paths, ["README.md"]);
  assert.equal(new Set(parts.map(({ name }) => name)).size, parts.length);
});

Deno.test("suiteParts() runs a file that mostly waits by itself", () => {
  const waiting = "tests/e2e/deploy_test.ts";
  const parts = suiteParts([...names("e2e", 2), waiting]);
  assert.deepEqual(parts.map(({ paths, waits }) => [paths.length, waits]), [[2, false], [1, true], [1, false]]);
  assert.deepEqual(parts[1]?.paths, [waiting]);
});

Deno.test("suiteParts() begins with the file that takes longest", () => {
  const longest = "tests/e2e/campaigns_test.ts";
  const [first, ...others] = suiteParts([...names("e2e", 2), longest]);
  assert.deepEqual(first, { name: longest, paths: [longest], waits: false });
  assert.deepEqual(others.flatMap(({ paths }) => paths).toSorted(), ["README.md", ...names("e2e", 2)].toSorted());
});

Deno.test("suiteParts() refuses a test file that stands in no folder of the suite", () => {
  assert.throws(() => suiteParts(["tests/unit/a_test.ts", "tests/bench/b_test.ts"]), /tests\/bench\/b_test\.ts/);
});

const ended = (output: string, code = 0): PartResult => ({ name: "tests/e2e/a_test.ts", code, output });

Deno.test("countOf() adds up what the processes say, in colours or not", () => {
  const { passed, failed, unwell } = countOf([
    ended("running 3 tests\n\nok | 3 passed (2 steps) | 0 failed | 1 ignored (3s)\n"),
    ended("\x1b[0m\x1b[31mFAILED\x1b[0m | 2 passed | 4 failed \x1b[90m(1s)\x1b[0m\n", 1),
  ]);
  assert.deepEqual([passed, failed, unwell], [5, 4, ["tests/e2e/a_test.ts"]]);
});

Deno.test("countOf() counts a process that failed without a failed test", () => {
  const { passed, failed, unwell } = countOf([
    ended("error: Module not found", 1),
    ended("ok | 7 passed | 0 failed (3s)\nthen it died", 133),
  ]);
  assert.deepEqual([passed, failed, unwell.length], [7, 2, 2]);
});

Deno.test("reasonOf() is what deno test says of errors, or else the end of what was printed, and never long", () => {
  const told =
    "a ... FAILED\n\n\x1b[41m ERRORS \x1b[0m\n\nerror: 1 !== 2\n\n FAILURES \n\nFAILED | 0 passed | 1 failed\n";
  const reason = reasonOf({ output: told });
  assert.deepEqual(reason.split("\n"), [
    "   ERRORS ",
    "  ",
    "  error: 1 !== 2",
    "  ",
    "   FAILURES ",
    "  ",
    "  FAILED | 0 passed | 1 failed",
  ]);
  assert.equal(countOf([ended(reason)]).failed, 0, "what is told again is not counted again");
  assert.equal(reasonOf({ output: "error: Module not found\n" }), "  error: Module not found");
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
  const [last, first] = [lines, `\n ERRORS \n${lines}`].map((output) => reasonOf({ output }).split("\n"));
  assert.deepEqual([last!.length, last!.at(-1), first!.length, first![1]], [120, "  line 499", 120, "  line 0"]);
});
