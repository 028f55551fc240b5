import assert from "node:assert/strict";
import plugin from "../support/lint/plugin.ts";

type RuleName = "layers" | "packages" | "clocks";

type Sample = readonly [file: string, source: string];

/** The messages that one rule has for a sample; the other rules' are left out. */
function complaints(rule: RuleName, [file, source]: Sample): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .filter(({ id }) => id === `mailroom/${rule}`)
    .map(({ message, hint }) => {
      assert.ok(hint, `${message} says what to do`);
      return message;
    });
}

function each(rule: RuleName, verb: "refuses" | "accepts", samples: readonly Sample[]): void {
  for (const sample of samples) {
    Deno.test(`${rule} ${verb} ${sample[1]} in ${sample[0]}`, () => {
      assert.equal(complaints(rule, sample).length, verb === "refuses" ? 1 : 0);
    });
  }
}

each("layers", "refuses", [
  ["runtime/core/clock.ts", `import { type A } from "../actor/address.ts";`],
  ["runtime/core/clock.ts", `import type { A } from "../actor/address.ts";`],
  ["runtime/actor/define.ts", `import type { S } from "../store/contract.ts";`],
  ["runtime/store/commit.ts", `import { a } from "../observe/diagnostics.ts";`],
  ["runtime/observe/log.ts", `type A = import("../store/contract.ts").Store;`],
  ["runtime/host/contract.ts", `import type { R } from "../supervision/restart.ts";`],
  ["runtime/events/feed.ts", `export { a } from "../system/start.ts";`],
  ["runtime/system/start.ts", `export * from "../mod.ts";`],
  ["runtime/authoring.ts", `export * from "./system/start.ts";`],
  ["runtime/mod.ts", `import { job } from "../actors/job/job.ts";`],
  ["runtime/host/serve.ts", `const registry = await import("../../actors/mod.ts");`],
  ["actors/job/job.ts", `import { a } from "@mailroom/mailroom/runtime";`],
  ["actors/job/job.ts", `import { serve } from "../../runtime/host/serve.ts";`],
  ["actors/worker.ts", `import { a } from "../runtime/host/protocol.ts";`],
  ["routes/jobs.ts", `import { a } from "../runtime/store/contract.ts";`],
  ["routes/jobs.ts", `import { a } from "../runtime/authoring.ts";`],
  ["routes/jobs.ts", `import { a } from "../main.ts";`],
  ["actors/job/job.ts", `import { a } from "../../tests/support/browser.ts";`],
  ["actors/parcel_stream/poll.ts", `import { a } from "./simulator/scans.ts";`],
  ["actors/parcel_stream/simulator/oracle.ts", `import { a } from "../apply.ts";`],
  ["runtime/access/audit.ts", `import { a } from "../system/start.ts";`],
  ["runtime/system/start.ts", `import { a } from "../access/audit.ts";`],
  ["runtime/extras/thing.ts", `export const thing = 1;`],
]);

each("layers", "accepts", [
  ["runtime/core/clock.ts", `import { z } from "zod"; import { a } from "./errors.ts";`],
  ["runtime/actor/define.ts", `import { a } from "../core/ids.ts"; import { b } from "./address.ts";`],
  ["runtime/store/sqlite/open.ts", `import { a } from "../../actor/address.ts";`],
  ["runtime/host/worker_host.ts", `import { a } from "../store/contract.ts"; import "./protocol.ts";`],
  ["runtime/system/start.ts", `import { a } from "../cluster/lease.ts"; import { b } from "../core/ids.ts";`],
  ["runtime/access/audit.ts", `import { a } from "../core/ids.ts"; import { b } from "../actor/tables.ts";`],
  ["runtime/mod.ts", `export * from "./access/audit.ts";`],
  ["runtime/authoring.ts", `export { a } from "./actor/define.ts"; export { b } from "./upstream/broker.ts";`],
  ["runtime/mod.ts", `export * from "./system/start.ts"; export * from "./authoring.ts";`],
  ["actors/authoring.ts", `export * from "../runtime/authoring.ts"; export * from "./job/define_job.ts";`],
  ["actors/job/job.ts", `import { a } from "../../runtime/authoring.ts"; import { b } from "@mailroom/mailroom";`],
  ["actors/worker.ts", `import { a } from "../runtime/host/serve.ts"; import { b } from "./mod.ts";`],
  ["routes/jobs.ts", `import { a } from "@mailroom/mailroom/runtime"; import { b } from "../actors/job/job.ts";`],
  ["actors/parcel_stream/simulator/scans.ts", `import { a } from "../../../runtime/core/random.ts";`],
  ["main.ts", `import { a } from "./runtime/core/clock.ts"; import { b } from "./routes/jobs.ts";`],
  ["tests/unit/a_test.ts", `import { a } from "../../runtime/core/clock.ts"; import "../../main.ts";`],
]);

each("packages", "refuses", [
  ["actors/job/job.ts", `import { sql } from "kysely";`],
  ["runtime/events/feed.ts", `import type { Migration } from "npm:kysely@0.29.9/migration";`],
  ["runtime/system/start.ts", `import { Hono } from "hono";`],
  ["actors/job/job.ts", `import { createRoute } from "@hono/zod-openapi";`],
  ["runtime/system/start.ts", `import { Counter } from "prom-client";`],
  ["runtime/store/commit.ts", `import { DatabaseSync } from "node:sqlite";`],
  ["runtime/store/commit.ts", `import pg from "pg";`],
  ["runtime/store/sqlite/open.ts", `import Cursor from "pg-cursor";`],
  ["routes/jobs.ts", `import { jwtVerify } from "jose";`],
  ["routes/jobs.ts", `import { getLogger } from "@logtape/logtape";`],
  ["routes/jobs.ts", `const port = Deno.env.get("PORT");`],
  ["runtime/system/start.ts", `const port = globalThis.Deno.env.get("PORT");`],
  ["actors/job/job.ts", `const port = process.env.PORT;`],
]);

each("packages", "accepts", [
  ["runtime/store/commit.ts", `import { sql } from "kysely";`],
  ["runtime/actor/tables.ts", `import { sql } from "kysely";`],
  ["runtime/access/audit.ts", `import { sql } from "kysely";`],
  ["actors/job/queries.ts", `import { sql } from "kysely/helpers/sqlite";`],
  ["actors/job/job_writes.ts", `import { sql } from "kysely";`],
  ["actors/job/migrations/first.ts", `import { sql } from "kysely";`],
  ["routes/jobs.ts", `import { Hono } from "hono"; import { register } from "prom-client";`],
  ["runtime/observe/metrics.ts", `import "prom-client"; import "@logtape/logtape";`],
  ["routes/access/jwt.ts", `import { jwtVerify } from "jose";`],
  ["runtime/store/sqlite/open.ts", `import { DatabaseSync } from "node:sqlite";`],
  ["runtime/store/postgres/connection.ts", `import pg from "pg"; import Cursor from "pg-cursor";`],
  ["main.ts", `import "hono"; import "@logtape/logtape"; Deno.env.toObject();`],
  ["actors/job/job.ts", `import { z } from "zod"; import honorific from "./hono.ts"; config.env;`],
  ["tests/unit/a_test.ts", `import "kysely"; import "hono"; Deno.env.get("CI");`],
]);

each("clocks", "refuses", [
  ["runtime/store/commit.ts", `Date.now();`],
  ["runtime/store/commit.ts", `const read = globalThis.Date.now;`],
  ["runtime/core/errors.ts", `new Date();`],
  ["actors/job/job.ts", `performance.now();`],
  ["actors/job/job.ts", `Math.random();`],
  ["actors/job/job.ts", `setTimeout(() => {}, 1);`],
  ["actors/job/job.ts", `import { setTimeout } from "node:timers/promises"; await setTimeout(1);`],
  ["actors/job/job.ts", `globalThis.setInterval(() => {}, 1);`],
  ["runtime/core/ids.ts", `crypto.randomUUID();`],
  ["runtime/core/ids.ts", `crypto.getRandomValues(new Uint8Array(1));`],
  ["runtime/upstream/broker.ts", `await fetch("http://127.0.0.1");`],
  ["runtime/upstream/broker.ts", `function a(fetch: () => void) { fetch(); } fetch();`],
  ["runtime/upstream/broker.ts", `const fetchLike = globalThis.fetch;`],
  ["runtime/upstream/broker.ts", `AbortSignal.timeout(5);`],
  ["runtime/schedule/tick.ts", `Temporal.Now.instant();`],
]);

each("clocks", "accepts", [
  ["runtime/core/clock.ts", `Date.now(); new Date(); performance.now(); setTimeout(() => {}, 1);`],
  ["runtime/core/random.ts", `Math.random(); crypto.randomUUID();`],
  ["runtime/store/commit.ts", `new Date(clock.now()); clock.now(); random.below(4); crypto.subtle.digest("SHA-1", a);`],
  ["runtime/upstream/broker.ts", `const a = ({ fetch }: Options) => fetch("/");`],
  ["runtime/upstream/broker.ts", `const { fetch = never } = options; function b() { fetch("/"); }`],
  ["runtime/upstream/broker.ts", `class A { constructor(private fetch: F) { fetch("/"); } b() { this.fetch("/"); } }`],
  ["runtime/upstream/broker.ts", `import { fetch } from "./pinned.ts"; fetch("/"); ctx.fetch("shop", "/");`],
  ["runtime/mailbox/window.ts", `for (const performance of runs) performance.now();`],
  ["routes/jobs.ts", `Date.now(); setTimeout(() => {}, 1); fetch("/");`],
  ["tests/unit/a_test.ts", `Date.now();`],
]);

Deno.test("worker, client, processor, tables and rows stand in layers of their own, which lint keeps [S1-17, S4-16]", () => {
  const [worker, processor, rows] = ["poll.ts", "apply_scans.ts", "rows.ts"].map((file) =>
    `actors/parcel_stream/${file}`
  );
  const client = "runtime/upstream/client.ts";
  const refused: readonly [RuleName, Sample][] = [
    ["layers", [worker!, `import { a } from "../../runtime/upstream/client.ts";`]],
    ["layers", [worker!, `import { a } from "../../routes/app.ts";`]],
    ["clocks", [worker!, `await fetch("http://127.0.0.1/scans");`]],
    ["packages", [processor!, `import { sql } from "kysely";`]],
    ["packages", [rows!, `import { Hono } from "hono";`]],
    ["layers", [client, `import { a } from "../../actors/parcel_stream/poll.ts";`]],
    ["layers", [client, `import { a } from "../store/sqlite/../../system/system.ts";`]],
    ["packages", [client, `import { sql } from "kysely";`]],
  ];
  for (const [rule, sample] of refused) assert.equal(complaints(rule, sample).length, 1, sample.join(": "));
  for (const file of ["tables.ts", "queries.ts", "writes.ts", "migrations.ts"]) {
    assert.deepEqual(complaints("packages", [`actors/parcel_stream/${file}`, `import { sql } from "kysely";`]), []);
  }
});
