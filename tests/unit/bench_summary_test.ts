import assert from "node:assert/strict";
import type { Figure } from "../bench/scenario.ts";
import { median, percentile } from "../bench/statistics.ts";
import { summarize, type Summary } from "../bench/summary.ts";

Deno.test("median() is the middle one, or the mean of the two in the middle, in whatever order", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 9, 2]), 5.5);
  assert.equal(median([7]), 7);
  assert.throws(() => median([]), RangeError);
});

Deno.test("percentile() is the smallest value that is not below the share", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(values, 0.95), 95);
  assert.equal(percentile(values, 0), 1);
  assert.equal(percentile(values, 1), 100);
  assert.equal(percentile([3, 1, 2], 0.5), 2);
  assert.throws(() => percentile([], 0.5), RangeError);
});

Deno.test("summarize() takes the median of each figure in the order of their first mention", () => {
  const runs = [[rate("a", 1), rate("b", 10)], [rate("a", 3), rate("b", 30)], [rate("a", 2), rate("b", 20)]];
  assert.deepEqual(summarize(runs).map(({ name, value }) => [name, value]), [["a", 2], ["b", 20]]);
  assert.deepEqual(summarize([]), []);
});

Deno.test("summarize() takes the ratio to the bare measure of the same run", () => {
  const runs = [[100, 200], [300, 300], [200, 800]].map(([value, bare]) => [rate("a", value!, { bare: bare! })]);
  const [summary] = summarize(runs);
  // 200 / 300 would compare one run with another.
  assert.deepEqual([summary!.value, summary!.bare!.value, summary!.ratio], [200, 300, 0.5]);
});

Deno.test("summarize() leaves out the ratio of a figure that one of the runs has no bare measure for", () => {
  const [summary] = summarize([[rate("a", 1)], [rate("a", 3, { bare: 2 })]]);
  assert.equal(summary!.ratio, undefined);
  assert.equal(summary!.value, 2);
});

Deno.test("summarize() says of a rate whether it and its ratio reach what they must at least", () => {
  const bound = { atLeast: 100, ofBare: 0.5 };
  assert.equal(verdict(rate("a", 100, { bare: 200, bound })), "met");
  assert.equal(verdict(rate("a", 99, { bare: 100, bound })), "by ratio");
  assert.equal(verdict(rate("a", 100, { bare: 201, bound })), "by value");
  assert.equal(verdict(rate("a", 99, { bare: 199, bound })), "not met");
});

Deno.test("summarize() says of a time whether it and its ratio stay below what they may be at most", () => {
  const time = (value: number, bare: number): Figure => ({
    ...rate("a", value, { bare, bound: { atMost: 0.6, ofBare: 3 } }),
    unit: "ms",
  });
  assert.equal(verdict(time(0.6, 0.2)), "met");
  assert.equal(verdict(time(0.7, 0.3)), "by ratio");
  assert.equal(verdict(time(0.6, 0.1)), "by value");
  assert.equal(verdict(time(0.7, 0.1)), "not met");
});

Deno.test("summarize() judges by the only bound there is, and not at all without one", () => {
  const within = (value: number) => verdict({ ...rate("a", value), bound: { atLeast: 2.7, atMost: 3.3 } });
  assert.deepEqual([2.69, 2.7, 3.3, 3.31].map(within), ["not met", "met", "met", "not met"]);
  assert.equal(verdict(rate("a", 3, { bare: 2, bound: { ofBare: 2 } })), "not met");
  assert.equal(verdict(rate("a", 3, { bare: 2 })), undefined);
});

function verdict(figure: Figure): Summary["verdict"] {
  return summarize([[figure]])[0]!.verdict;
}

function rate(
  name: string,
  value: number,
  { bare, bound }: { bare?: number; bound?: NonNullable<Figure["bound"]> } = {},
): Figure {
  return {
    name,
    unit: "1/s",
    value,
    ...bare === undefined ? {} : { bare: { what: "bare", value: bare } },
    ...bound === undefined ? {} : { bound },
  };
}
