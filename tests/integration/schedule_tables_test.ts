import assert from "node:assert/strict";
import { type BoundWrite, createRegistry } from "../../runtime/authoring.ts";
import { scheduleTables } from "../../runtime/schedule/tables.ts";
import { type Engine, twoEngines } from "../support/two_engines.ts";

const { queries, sweeps } = scheduleTables;
const writes = scheduleTables.writes as unknown as Readonly<Record<keyof typeof scheduleTables.writes, BoundWrite>>;

const row = {
  tenant: "acme",
  name: "hourly",
  revision: "r1",
  cron: "0 * * * *",
  timeZone: "UTC",
  everyMs: null,
  anchorAt: 1_000,
  kind: "tally",
  key: null,
  message: "add",
  payload: "{}",
  catchUp: "all",
  catchUpLimit: 10,
  jitterMs: 0,
  enabled: 1,
  builtIn: 0,
  nextAt: 3_600_000,
  createdBy: "pat",
  createdAt: 1_000,
  updatedAt: 1_000,
};

const tick = (instant: number, schedule = "hourly") => ({
  ...{ tenant: "acme", schedule, instant, at: instant + 5, status: "sent", cause: "due" },
  ...{ by: null, key: "k", messageId: `m${instant}`, error: null },
});

/** Whether it is refused, as a row that is there already. */
async function refused(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    assert.match((error as Error).message, /unique|duplicate/i);
    return true;
  }
}

/** Everything that the statements do, as one would see it. */
async function story({ write, ask, sweep }: Engine): Promise<unknown[]> {
  const told: unknown[] = [];
  const tell = async (...what: unknown[]) => void told.push(...await Promise.all(what));
  await tell(write(writes.created, [row]), refused(write(writes.created, [row])));
  await tell(write(writes.created, [{ ...row, tenant: "zen", nextAt: 5, revision: "z" }]));
  await tell(write(writes.created, [{ ...row, name: "asleep", nextAt: null, enabled: 0 }]));
  await tell(
    ask(queries.next as never, { limit: 9, held: [], tenant: "system" }),
    ask(queries.first as never, { tenant: "system" }),
  );
  const moved = {
    tenant: "acme",
    name: "hourly",
    from: "r1",
    revision: "r2",
    fromNextAt: 3_600_000,
    nextAt: 7_200_000,
    enabled: 1,
    last: "{}",
  };
  await tell(write(writes.moved, [{ ...moved, fromNextAt: 1 }]));
  await tell(write(writes.moved, [{ ...moved, from: "r0" }]));
  await tell(write(writes.moved, [{ ...moved, tenant: "beta" }]));
  await tell(write(writes.moved, [moved]));
  await tell(write(writes.moved, [moved]));
  await tell(write(writes.ticked, [tick(1), tick(2), tick(3)]), refused(write(writes.ticked, [tick(2)])));
  await tell(write(writes.ticked, [{ ...tick(2), tenant: "zen" }, tick(2, "asleep")]));
  for (const page of [{ limit: 2 }, { limit: 2, before: 2 }, { limit: 9, before: 1 }]) {
    await tell(ask(queries.ticks as never, { tenant: "acme", name: "hourly", ...page }));
  }
  await tell(ask(queries.tick as never, { tenant: "acme", name: "hourly", instant: 2 }));
  await tell(ask(queries.tick as never, { tenant: "acme", name: "hourly", instant: 4 }));
  const { tenant, createdAt: _, createdBy: __, ...columns } = row;
  await tell(write(writes.changed, [{ ...columns, tenant, from: "r1", revision: "r3" }]));
  await tell(write(writes.changed, [{ ...columns, tenant, from: "r2", revision: "r3", everyMs: 5, cron: null }]));
  await tell(write(writes.asked, [{ tenant, name: "hourly", last: "{1}" }]));
  await tell(write(writes.asked, [{ tenant, name: "nobody", last: "{1}" }]));
  await tell(
    ask(queries.byName as never, { tenant, name: "hourly" }),
    ask(queries.byName as never, { tenant, name: "no" }),
  );
  await tell(
    ask(queries.page as never, { tenant, limit: 9 }),
    ask(queries.page as never, { tenant, after: "asleep", limit: 9 }),
  );
  await tell(ask(queries.count as never, { tenant }));
  await tell(write(writes.trimmed, [{ tenant, name: "hourly" }]));
  await tell(sweep(sweeps[0]!, { before: 7, limit: 9, own: "{}" }));
  await tell(ask(queries.ticks as never, { tenant, name: "hourly", limit: 9 }));
  await tell(write(writes.removed, [{ tenant, name: "hourly" }]));
  await tell(write(writes.removed, [{ tenant, name: "hourly" }]));
  await tell(write(writes.ledgerRemoved, [{ tenant, name: "hourly" }]));
  await tell(ask(queries.count as never, { tenant }), ask(queries.count as never, { tenant: "zen" }));
  return told;
}

Deno.test("the statements of schedules do the same on SQLite and on Postgres", async () => {
  await using both = await twoEngines(createRegistry([]));
  const [sqlite, postgres] = both.engines;
  const told = await story(sqlite);
  assert.deepEqual(await story(postgres), told);
  assert.deepEqual(told.slice(0, 4), [1, true, 1, 1]);
});

Deno.test("the ledger of a schedule is cut to its newest 10,000, and no other's", async () => {
  await using both = await twoEngines(createRegistry([]));
  for (const { write, run, ask } of both.engines) {
    for (let first = 0; first < 10_100; first += 100) {
      await write(writes.ticked, Array.from({ length: 100 }, (_, index) => tick(first + index)));
    }
    await write(writes.ticked, [tick(1, "other")]);
    await write(writes.trimmed, [{ tenant: "acme", name: "hourly" }]);
    const [counted] = await run("select count(*) as n, min(instant) as oldest from ticks where schedule = 'hourly'");
    assert.deepEqual([Number(counted!["n"]), Number(counted!["oldest"])], [10_000, 100]);
    assert.equal(
      (await ask(queries.ticks as never, { tenant: "acme", name: "other", limit: 9 }) as unknown[]).length,
      1,
    );
  }
});
