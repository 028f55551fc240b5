import assert from "node:assert/strict";
import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";

const SERVER = "tests/e2e/s3_orders_test.ts";
const TROUBLE = "tests/e2e/s3_orders_upstream_test.ts";
const CAMPAIGN = "tests/e2e/order_rounds.ts";
const HEALTH = "tests/unit/orders_check_test.ts";

/** What the safety net of orders must do, by number, and a file with a test whose name bears that number. */
const SHOWN: Readonly<Record<number, readonly [what: string, file: string]>> = {
  23: ["it comes every minute", SERVER],
  24: ["orders of the last 24 hours that have no external id", SERVER],
  25: ["none that have succeeded or failed", SERVER],
  26: ["all pending ones when there are none of these", SERVER],
  27: ["OrderCreated is sent for each", SERVER],
  28: ["one that cannot be sent to stops none of the others", SERVER],
  29: ["several orders in one sweep", SERVER],
  30: ["look, judge, make the message, send, say how it went", SERVER],
  31: ["no accepted order is lost", CAMPAIGN],
  32: ["sending again is harmless", SERVER],
  33: ["publisher and consumer share the message", SERVER],
  34: ["one limiter for all who call", TROUBLE],
  36: ["each operation is logged with its context", SERVER],
  37: ["errors by their class", SERVER],
  38: ["duration and success of each operation", TROUBLE],
  39: ["when it was last seen running", HEALTH],
  40: ["how many fail", HEALTH],
  41: ["how long it takes", HEALTH],
  42: ["how long the upstream takes", TROUBLE],
  43: ["what works goes on", TROUBLE],
  44: ["it recovers by itself", TROUBLE],
  45: ["a breaker", TROUBLE],
  46: ["nobody waits for the upstream", TROUBLE],
  48: ["the interval is a setting", SERVER],
  49: ["thresholds of failures", HEALTH],
  50: ["safe when it runs more than once", SERVER],
  51: ["what is looked at is bounded", "tests/integration/order_tables_test.ts"],
  53: ["nothing sensitive in the log", SERVER],
};

Deno.test("each thing that the safety net of orders must do is shown by a test that says so", async () => {
  for (const [number, [what, file]] of Object.entries(SHOWN)) {
    const text = await Deno.readTextFile(join(projectRoot, file));
    const name = new RegExp(`["\`].*\\bS3-${number}\\b.*["\`]`);
    assert.match(text, name, `S3-${number} (${what}) is in no name of ${file}`);
  }
});
