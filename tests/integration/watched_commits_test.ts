import assert from "node:assert/strict";
import pg from "pg";
import { migrate } from "../../runtime/store/migrate.ts";
import { kyselyOver, poolOfOne } from "../../runtime/store/postgres/dialect.ts";
import { judgeCommits } from "../e2e/nodes_judge.ts";
import { readFacts, watchCommits } from "../e2e/nodes_facts.ts";
import { Findings } from "../e2e/torture_campaign.ts";
import { registry } from "../support/actors/mod.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

/** A database in which two lives have begun, watched. */
async function watchedDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await migrate(kyselyOver(poolOfOne(client)), registry);
  await client.end();
  await database.query(
    `insert into lives (generation, node, opened_at) values (1, 'n1', 0), (2, 'n2', 0)`,
  );
  await watchCommits(database.query);
  return database;
}

/** As a node commits: its life's row first, what it tells last. */
function commit(generation: number, number: number, { isFenced = true } = {}): string {
  const fence = isFenced ? "and ended_at is null" : "";
  return `begin; update lives set commits = commits + 1 where generation = ${generation} ${fence};
    insert into event_log (tenant, first, last, events)
      values ('demo', ${number}, ${number}, '[["counter.changed", "counter/c", 1, "{}"]]'); commit`;
}

async function violated({ query }: TestDatabase): Promise<string[]> {
  const findings = new Findings();
  judgeCommits(await readFacts(query), findings);
  return findings.all.filter((finding) => finding.violated > 0).map(({ check }) => check);
}

Deno.test("watchCommits() keeps whose commit told what, and nothing is wrong with commits of lives that stand", async () => {
  await using database = await watchedDatabase();
  await database.query(commit(1, 1));
  await database.query(commit(2, 2));
  await database.query(`update lives set ended_at = 1 where generation = 1`);
  await database.query(commit(2, 3));
  const { segments, lives } = await readFacts(database.query);
  assert.deepEqual(segments.map(({ first }) => first), [1, 2, 3]);
  assert.deepEqual(lives.map(({ generation, ended }) => [generation, ended]), [[1, false], [2, false], [1, true], [
    2,
    false,
  ]]);
  assert.deepEqual(await violated(database), []);
});

Deno.test("watchCommits() keeps what a life commits after its end", async () => {
  await using database = await watchedDatabase();
  await database.query(`update lives set ended_at = 1 where generation = 1`);
  await database.query(commit(1, 1, { isFenced: false }));
  assert.deepEqual(await violated(database), ["no life commits after its end", "every commit is one of a life"]);
});

Deno.test("watchCommits() keeps what is told after a fence that has held nobody", async () => {
  await using database = await watchedDatabase();
  await database.query(`update lives set ended_at = 1 where generation = 1`);
  await database.query(commit(1, 1));
  assert.deepEqual(await violated(database), ["every commit is one of a life"]);
});
