import assert from "node:assert/strict";
import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";
import { assertReplaced, assertShown, type ShownLines } from "../support/shown_lines.ts";

const CUSTOMERS = "tests/e2e/s4_customers_test.ts";
const UPSTREAM = "tests/e2e/s4_upstream_test.ts";
const MAILBOX = "tests/e2e/s4_mailbox_test.ts";
const SERVICE = "tests/e2e/s4_service_test.ts";
const SETUP = "tests/e2e/s4_setup_test.ts";
const START = "tests/e2e/s2_operate_test.ts";
const DEPLOYED = "tests/integration/deploy_files_test.ts";
const ACCESS = "tests/e2e/access_test.ts";
const CONSOLE = "tests/e2e/console_test.ts";
const POOL = "tests/integration/postgres_pool_test.ts";

/** What a service of records, with a worker and notifications beside it, must do. */
const SHOWN: ShownLines = {
  1: ["a record is made, and that is told", CUSTOMERS],
  2: ["it is changed, and that is told", CUSTOMERS],
  3: ["it is read through a cache", CUSTOMERS],
  4: ["no answer waits for what follows from it", CUSTOMERS],
  5: ["events come from the commit", CUSTOMERS],
  6: ["a worker takes them: cache and validation", CUSTOMERS],
  7: ["what is cached is an event, too", CUSTOMERS],
  8: ["created, updated, cached and deleted are told", CUSTOMERS],
  9: ["whoever is connected is told", CUSTOMERS],
  10: ["by server-sent events", "tests/e2e/client_test.ts"],
  11: ["by WebSocket, too", "tests/integration/notifications_socket_test.ts"],
  12: ["a page to land at", "tests/e2e/page_channels_test.ts"],
  13: ["a page to try each on", "tests/e2e/page_channels_test.ts"],
  14: ["three services, each alone", "tests/e2e/s4_roles_test.ts"],
  15: ["commands and queries are apart", CUSTOMERS],
  16: ["what is imported lies below", "tests/unit/project_test.ts"],
  17: ["a cache of two layers, by routes", CUSTOMERS],
  18: ["structured logs, as much as I like", START],
  19: ["few connections", POOL],
  20: ["several uses of each at once", POOL],
  21: ["how long a connection and a place on it are waited for", POOL],
  22: ["connections are looked at every 2 minutes", "tests/unit/postgres_pool_test.ts"],
  23: ["idle ones are closed after 10 minutes", POOL],
  24: ["a breaker is open for 30 s", UPSTREAM],
  25: ["it opens when half fails, and then calls fail at once", UPSTREAM],
  26: ["three retries", UPSTREAM],
  27: ["after 1 s and more, 30 s at most, with jitter", UPSTREAM],
  28: ["an operation may last 30 s", UPSTREAM],
  29: ["one message of a queue at a time, in its order", MAILBOX],
  30: ["a breaker closes by itself", "tests/e2e/upstream_test.ts"],
  31: ["identical requests at once are one", CUSTOMERS],
  32: ["who got another's answer is told so", "tests/e2e/client_test.ts"],
  33: ["a read is given again for 30 s", SERVICE],
  34: ["a change is not made twice within 5 s", CUSTOMERS],
  35: ["by fingerprints, in memory, for as long as the route says", SERVICE],
  36: ["health in detail", SERVICE],
  37: ["readiness", SERVICE],
  38: ["liveness", SERVICE],
  39: ["the database is made when it is not there", START],
  40: ["one command starts everything", START],
  41: ["this machine here, names of services there", DEPLOYED],
  42: ["no secrets in the repository", DEPLOYED],
  43: ["queues are declared, and nothing else is sent to", MAILBOX],
  44: ["workers are pooled, and errors handled for them", MAILBOX],
  45: ["JWT", ACCESS],
  46: ["roles", ACCESS],
  47: ["business rules", CUSTOMERS],
  48: ["errors are answered in detail", "tests/e2e/bad_inputs_test.ts"],
  49: ["the API has versions", SERVICE],
  50: ["migrations run by themselves", SETUP],
  51: ["sample data", "tests/e2e/seed_test.ts"],
  52: ["an image built in stages, with a health check", SETUP],
  53: ["unit tests of all layers", "tests/unit/s4_test.ts"],
  54: ["integration tests of API and database", "tests/integration/http_test.ts"],
  55: ["end-to-end tests of the whole flow", CUSTOMERS],
  56: ["load tests of notifications", "tests/e2e/channel_rounds.ts"],
  57: ["traces", "tests/e2e/s4_telemetry_test.ts"],
  58: ["metrics", SERVICE],
  59: ["alerts", "tests/unit/alerts_test.ts"],
  60: ["a web application over the API", CONSOLE],
  62: ["a page for who operates it", CONSOLE],
  63: ["a record is deleted, and that is told", CUSTOMERS],
  64: ["one spelling, documented", CUSTOMERS],
};
/** A protocol, names of files, ports, a product, a broker's figures, a telephone: these are others here, or are not. */
const REPLACED = [11, 13, 14, 18, 19, 20, 61];
const LINES = 64;

Deno.test("each thing that a service of records must do is shown by a test that says so", async () => {
  await assertShown("S4", SHOWN);
});

Deno.test("no line of it is forgotten, and what is not here has something in its place", async () => {
  const numbers = new Set([...Object.keys(SHOWN).map(Number), ...REPLACED]);
  assert.deepEqual([...numbers].toSorted((a, b) => a - b), Array.from({ length: LINES }, (_, index) => index + 1));
  await assertReplaced("S4", REPLACED);
});

Deno.test("every layer and every kind has unit tests that import it [S4-53]", async () => {
  const read = (path: string) => Deno.readTextFile(join(projectRoot, path));
  const layers = [...Deno.readDirSync(join(projectRoot, "runtime"))].filter(({ isDirectory }) => isDirectory);
  const kinds = (await read("actors/mod.ts")).matchAll(/ from "\.\/(\w+)\//g);
  const folders = new Set([
    ...layers.map(({ name }) => `runtime/${name}`),
    ...[...kinds].map(([, folder]) => `actors/${folder}`),
    "routes",
  ]);
  assert.ok(folders.size > 25, `${[...folders]}`);
  for (const { name } of Deno.readDirSync(join(projectRoot, "tests/unit"))) {
    const imports = (await read(`tests/unit/${name}`)).matchAll(
      / from "\.\.\/\.\.\/((?:runtime|actors)\/\w+|routes)\//g,
    );
    for (const [, folder] of imports) folders.delete(folder!);
  }
  assert.deepEqual([...folders], []);
});
