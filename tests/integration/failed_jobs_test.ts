import assert from "node:assert/strict";
import {
  CamelCasePlugin,
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { DatabaseSync } from "node:sqlite";
import { discard } from "../../actors/job/discard.ts";
import type { FailedJobsPage } from "../../actors/job/queries.ts";
import type { JobsDatabase } from "../../actors/job/rows.ts";
import { jobTables } from "../../actors/job/tables.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { echo, flaky } from "../support/registry/system_jobs.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const { failed, failedById, byId, attempts } = jobTables.queries;

async function fail(node: TestSystem, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const [tenant, id] = key.split("/") as [string, string];
    await node.system.tell(flaky.at(tenant, id), "run", { failures: 9, terminal: true }, { fresh: true });
  }
  await node.quiet();
}

Deno.test("Failed jobs are read newest first, those of one instant by their id, each on one page only", async () => {
  const clock = new FakeClock(Date.parse("2026-11-22T12:00:00Z"));
  await using node = await setup({ clock });
  const { system } = node;
  await fail(node, "acme/j1", "acme/j3", "acme/j2", "rival/j9");
  clock.advance(5);
  await fail(node, "acme/j0");
  await system.tell(echo.at("acme", "j5"), "run", { text: "well" }, { fresh: true });
  await node.quiet();
  const page = async (before?: { finishedAt: number; id: string }) =>
    await system.query("acme", failed, { limit: 2, before });
  const first = await page();
  const { finishedAt, id } = first.at(-1)!;
  const second = await page({ finishedAt, id });
  assert.deepEqual([...first, ...second].map(({ id }) => id), ["j0", "j3", "j2", "j1"]);
  assert.deepEqual(await system.query("acme", failed, { limit: 9, type: "echo" }), []);
  assert.match(JSON.parse(first[0]!.lastAttempt!).stack, /system_jobs\.ts/);
});

Deno.test("A failed job is found by its id, with the stack of its last attempt, and no other job is", async () => {
  await using node = await setup();
  await fail(node, "acme/j1");
  await node.system.tell(echo.at("acme", "j2"), "run", { text: "well" }, { fresh: true });
  await node.quiet();
  const found = await node.system.point("acme", failedById, { id: "j1" });
  assert.equal(JSON.parse(found!.lastAttempt!).message, "It will never work");
  for (const [tenant, id] of [["acme", "j2"], ["rival", "j1"], ["acme", "j3"]] as const) {
    assert.equal(await node.system.point(tenant, failedById, { id }), null);
  }
});

Deno.test("A failed job is discarded with its attempts and told of, one that has not failed is left alone", async () => {
  await using node = await setup();
  const { system } = node;
  await fail(node, "acme/j1", "rival/j1");
  await system.tell(echo.at("acme", "j2"), "run", { text: "well" }, { fresh: true });
  await node.quiet();
  const last = await system.feed.last("acme");

  await assert.rejects(system.write("acme", discard({ id: "j2", type: "echo" }, { input: null, by: "ann" })), {
    code: "conflict",
  });
  assert.equal((await system.query("acme", attempts, { id: "j2" })).length, 1);
  await system.write("acme", discard({ id: "j1", type: "flaky" }, { input: null, by: "ann" }));
  assert.equal(await system.point("acme", byId, { id: "j1" }), null);
  assert.deepEqual(await system.query("acme", attempts, { id: "j1" }), []);
  await assert.rejects(system.write("acme", discard({ id: "j1", type: "flaky" }, { input: null, by: "ann" })), {
    code: "conflict",
  });

  assert.equal((await system.query("rival", attempts, { id: "j1" })).length, 1);
  assert.equal(await system.feed.last("acme"), last + 1, "only what happened is told");
});

Deno.test("Pages of failed jobs are read along an index of their own", async () => {
  await using node = await setup();
  using file = new DatabaseSync(node.path, { readOnly: true });
  const plan = async (args: Omit<FailedJobsPage, "limit">) => {
    const { sql, parameters } = await compiled((db) => failed.run(db, { tenant: "acme", limit: 9, ...args }));
    const steps = file.prepare(`explain query plan ${sql}`).all(...parameters as string[]);
    return steps.map(({ detail }) => detail).join("; ");
  };
  const before = { finishedAt: 5, id: "x" };
  for (
    const [args, index] of [[{ before }, "jobs_failed"], [{ type: "flaky", before }, "jobs_failed_by_type"]] as const
  ) {
    const steps = await plan(args);
    assert.ok(steps.startsWith(`SEARCH job_records USING INDEX ${index} (`), steps);
    assert.doesNotMatch(steps, /TEMP B-TREE/);
  }
});

/** The statement that the query comes to. */
async function compiled(query: (db: Kysely<JobsDatabase>) => Promise<unknown>): Promise<CompiledQuery> {
  const queries: CompiledQuery[] = [];
  const dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  await query(new Kysely({ dialect, plugins: [new CamelCasePlugin()], log: ({ query }) => void queries.push(query) }));
  return queries[0]!;
}
