import assert from "node:assert/strict";
import { Histogram, Registry } from "prom-client";
import { Tally } from "../../runtime/observe/tally.ts";

const SHAPE = { name: "turn_seconds", help: "Of turns", buckets: [0.5, 1, 2] };

Deno.test("Tally reads as prom-client's histogram of the same values", async () => {
  const [own, theirs] = [new Registry(), new Registry()];
  const tally = new Tally(own, { ...SHAPE, label: "kind" });
  const histogram = new Histogram({ ...SHAPE, labelNames: ["kind"], registers: [theirs] });
  for (const [kind, value] of [["a", 0.25], ["b", 0.5], ["a", 1.5], ["a", 2], ["b", 7], ["a", 0]] as const) {
    tally.count(kind, value);
    histogram.observe({ kind }, value);
  }
  assert.equal(await own.metrics(), await theirs.metrics());
});

Deno.test("Tally without values reads as an empty histogram", async () => {
  const [own, theirs] = [new Registry(), new Registry()];
  new Tally(own, { ...SHAPE, label: "kind" });
  new Histogram({ ...SHAPE, labelNames: ["kind"], registers: [theirs] });
  assert.equal(await own.metrics(), await theirs.metrics());
});
