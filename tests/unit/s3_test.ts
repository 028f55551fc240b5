import assert from "node:assert/strict";
import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";

const CATALOG = "tests/e2e/s3_catalog_test.ts";
const LIFE = "tests/e2e/s3_catalog_life_test.ts";

/** What keeps a card shop's catalogue must do, by number, and a file with a test that bears that number; orders have a table of theirs. */
const SHOWN: Readonly<Record<number, readonly [what: string, file: string]>> = {
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

Deno.test("each thing that what keeps the catalogue must do is shown by a test that says so", async () => {
  for (const [number, [what, file]] of Object.entries(SHOWN)) {
    const text = await Deno.readTextFile(join(projectRoot, file));
    const name = new RegExp(`["\`].*\\bS3-${number}\\b.*["\`]`);
    assert.match(text, name, `S3-${number} (${what}) is in no name of ${file}`);
  }
});
