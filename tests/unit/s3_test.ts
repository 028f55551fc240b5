import assert from "node:assert/strict";
import { assertReplaced, assertShown, type ShownLines } from "../support/shown_lines.ts";

const CATALOG = "tests/e2e/s3_catalog_test.ts";
const LIFE = "tests/e2e/s3_catalog_life_test.ts";
const SERVER = "tests/e2e/s3_orders_test.ts";
const TROUBLE = "tests/e2e/s3_orders_upstream_test.ts";
const CAMPAIGN = "tests/e2e/order_rounds.ts";
const HEALTH = "tests/unit/orders_check_test.ts";

/** What keeps a card shop's catalogue must do. */
const CATALOGUE: ShownLines = {
  1: ["categories and brands are synced every 30 minutes", CATALOG],
  2: ["every cycle has both", CATALOG],
  3: ["the interval respects two calls an hour", LIFE],
  4: ["a stop ends it cleanly", LIFE],
  5: ["categories under their limiter", CATALOG],
  6: ["brands under theirs, twice an hour", CATALOG],
  7: ["categories are created and updated", CATALOG],
  8: ["the system user has written it", CATALOG],
  9: ["brands are updated or created by their internal id", CATALOG],
  10: ["products, prices and configurations with their brand", CATALOG],
  11: ["brands, products, categories and prices are linked", CATALOG],
  12: ["only changes are written", CATALOG],
  13: ["it goes on after any failure", CATALOG],
  14: ["brands go on when categories fail", CATALOG],
  15: ["a wait in words moves the limit", CATALOG],
  16: ["what the catalogue asks to wait is kept", CATALOG],
  17: ["rows are written in bulk", CATALOG],
  18: ["items are matched by a dictionary", "tests/unit/catalog_test.ts"],
  19: ["memory stays flat over cycles", LIFE],
  20: ["connections to the database are pooled", "tests/unit/postgres_pool_test.ts"],
  21: ["each execution has services of its own, which end with it", "tests/unit/turn_test.ts"],
  22: ["calls are authenticated", CATALOG],
  36: ["structured logs with context", CATALOG],
  37: ["failures are classified", CATALOG],
  38: ["durations and how operations ended", CATALOG],
  39: ["when it last ran", CATALOG],
  40: ["the share of failures", CATALOG],
  41: ["how long it takes", CATALOG],
  42: ["how long the catalogue takes", CATALOG],
  43: ["a part that fails leaves the other", CATALOG],
  44: ["it recovers by itself", CATALOG],
  45: ["a breaker", LIFE],
  46: ["nothing else waits for it", LIFE],
  47: ["its parts are given what they work with", "tests/unit/catalog_test.ts"],
  48: ["the interval can be configured", CATALOG],
  49: ["a threshold of failures is watched", LIFE],
  50: ["it may run more than once", LIFE],
  52: ["the database's rights are parted", "tests/integration/postgres_migrations_test.ts"],
  53: ["no secret is in a log", CATALOG],
};

/** What the safety net of orders must do; some lines are of both. */
const ORDERS: ShownLines = {
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

const REPLACED = [35];
const LINES = 53;

Deno.test("each thing that what keeps the catalogue must do is shown by a test that says so", async () => {
  await assertShown("S3", CATALOGUE);
});

Deno.test("each thing that the safety net of orders must do is shown by a test that says so", async () => {
  await assertShown("S3", ORDERS);
});

Deno.test("no line of either is forgotten, and what is not here has something in its place", async () => {
  const shown = new Set([...Object.keys(CATALOGUE), ...Object.keys(ORDERS)].map(Number));
  const numbers = [...shown, ...REPLACED].toSorted((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: LINES }, (_, index) => index + 1));
  await assertReplaced("S3", REPLACED);
});
