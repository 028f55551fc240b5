import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { jobTables } from "../../actors/job/tables.ts";
import type { ScheduleDeclaration } from "../../runtime/schedule/contract.ts";
import { deedOf } from "../support/deeds.ts";
import { tally } from "../support/registry/system_registry.ts";
import { HOUR, hourly, MINUTE, NOON, scheduled, until } from "../support/scheduled_rig.ts";

const DAY = 24 * HOUR;
const invalid = { code: "invalid-message" };

Deno.test("create() refuses at once what can never be due, what its target would not take, and a name that is taken", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  const refused = (changes: Partial<ScheduleDeclaration>, how: object) =>
    assert.rejects(schedules.create("acme", { ...hourly, ...changes }), how);
  await refused({ timing: { cron: "0 0 30 2 *", timeZone: "UTC" } }, invalid);
  await refused({ timing: { cron: "0 0 1 1 *", timeZone: "Mars/Olympus" } }, invalid);
  await refused({ timing: { everyMs: 999 } }, invalid);
  await refused({ timing: { cron: "* * * * *" } as never }, invalid);
  for (const name of ["", "Hourly", "a b", "a/b", "x".repeat(101)]) await refused({ name }, invalid);
  await refused({ catchUp: "some" as never }, invalid);
  for (const catchUpLimit of [0, 1_001, 1.5]) await refused({ catchUpLimit }, invalid);
  for (const jitterMs of [-1, HOUR / 2 + 1, NaN]) await refused({ jitterMs }, invalid);
  await refused({ target: { ...hourly.target, kind: "nobody" } }, { code: "unknown-kind" });
  await refused({ target: { ...hourly.target, message: "nothing" } }, { code: "unknown-message" });
  await refused({ target: { ...hourly.target, payload: { by: "much" } } }, invalid);
  await refused({ target: { ...hourly.target, key: "a/b" } }, invalid);
  await refused({ target: { ...hourly.target, payload: { by: 1, text: "x".repeat(70_000) } } }, { code: "too-large" });
  assert.deepEqual(await schedules.page({ tenant: "acme", limit: 10 }), []);
  const created = await Promise.allSettled(
    [1, 2, 3].map(() => schedules.create("acme", { ...hourly, jitterMs: HOUR / 2 })),
  );
  assert.deepEqual(created.map(({ status }) => status).sort(), ["fulfilled", "rejected", "rejected"]);
  await refused({}, { code: "conflict" });
  await schedules.create("zen", hourly);
});

Deno.test("page() lists a tenant's schedules by name, and get() finds no other tenant's", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  for (const name of ["c", "a", "b"]) await schedules.create("acme", { ...hourly, name });
  await schedules.create("zen", { ...hourly, name: "d", enabled: false });
  const names = async (page: { after?: string; limit: number }) =>
    (await schedules.page({ tenant: "acme", ...page })).map(({ name }) => name);
  assert.deepEqual([await names({ limit: 2 }), await names({ after: "b", limit: 2 })], [["a", "b"], ["c"]]);
  assert.equal(await schedules.get("acme", "d"), null);
  assert.deepEqual((await schedules.get("zen", "d"))!.nextAt, null);
});

Deno.test("change() leaves what is not said, counts a new timing from now, and only that", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", { ...hourly, timing: { everyMs: HOUR } });
  node.advance(20 * MINUTE);
  const change = (changes: Parameters<typeof schedules.change>[2]) => schedules.change("acme", "hourly", changes);
  const other = await change({ target: { ...hourly.target, key: "b" }, catchUp: "skip", timing: { everyMs: HOUR } });
  assert.deepEqual([other.nextAt, other.catchUp, other.catchUpLimit], [NOON + HOUR, "skip", 10]);
  assert.deepEqual([other.createdAt, other.updatedAt], [NOON, NOON + 20 * MINUTE]);
  assert.equal((await change({ enabled: false })).nextAt, null);
  await node.advance(2 * HOUR);
  assert.equal((await change({ enabled: true })).nextAt, NOON + 3 * HOUR);
  assert.equal((await change({ timing: { everyMs: 2 * HOUR } })).nextAt, NOON + 4 * HOUR + 20 * MINUTE);
  await assert.rejects(change({ timing: { everyMs: 5 } }), invalid);
  await assert.rejects(change({ jitterMs: 2 * HOUR }), invalid);
  await assert.rejects(schedules.change("zen", "hourly", { enabled: true }), { code: "not-found" });
  await node.past(NOON + 4 * HOUR + 20 * MINUTE);
  await node.quiet();
  assert.deepEqual([
    await node.system.ask(tally.at("acme", "a"), "count"),
    await node.system.ask(tally.at("acme", "b"), "count"),
  ], [0, 1]);
});

Deno.test("changes that are made at once are all made, one after the other", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", hourly);
  await Promise.all([
    schedules.change("acme", "hourly", { catchUp: "skip" }),
    schedules.change("acme", "hourly", { catchUpLimit: 7 }),
    schedules.change("acme", "hourly", { jitterMs: 5 }),
  ]);
  const { catchUp, catchUpLimit, jitterMs } = (await schedules.get("acme", "hourly"))!;
  assert.deepEqual([catchUp, catchUpLimit, jitterMs], ["skip", 7, 5]);
});

Deno.test("remove() takes the ledger along, and the name is free again", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", hourly);
  await schedules.create("zen", hourly);
  await node.past(NOON + HOUR);
  await assert.rejects(schedules.remove("beta", "hourly"), { code: "not-found" });
  await schedules.remove("acme", "hourly");
  await assert.rejects(schedules.remove("acme", "hourly"), { code: "not-found" });
  assert.deepEqual([await schedules.get("acme", "hourly"), await node.ticks()], [null, []]);
  assert.equal((await schedules.get("zen", "hourly"))!.name, "hourly");
  const again = await schedules.create("acme", hourly);
  assert.deepEqual([again.last, again.nextAt], [null, NOON + 2 * HOUR]);
});

Deno.test("runNow() sends beside the ticks, as often as it is asked, enabled or not, in the name of who asks", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", { ...hourly, enabled: false });
  const ran = await Promise.all([1, 2, 3].map(() => schedules.runNow("acme", "hourly", deedOf("pat"))));
  await node.quiet();
  assert.deepEqual(ran.map(({ status, cause, by, key, at }) => [status, cause, by, key, at]), [
    ...[1, 2, 3].map(() => ["sent", "asked", "pat", "a", NOON]),
  ]);
  assert.deepEqual(await node.ticks(), ran.toSorted((one, other) => one.instant - other.instant));
  assert.ok(ran.every(({ instant }) => instant > NOON && instant <= NOON + 3), "beside the instant that it is");
  assert.equal(await node.system.ask(tally.at("acme", "a"), "count"), 3);
  assert.equal((await schedules.get("acme", "hourly"))!.nextAt, null);
  await assert.rejects(schedules.runNow("acme", "daily"), { code: "not-found" });
  await schedules.change("acme", "hourly", { enabled: true });
  await node.past(NOON + HOUR);
  assert.deepEqual((await node.ticks()).map(({ cause }) => cause), ["asked", "asked", "asked", "due"]);
});

Deno.test("runNow() throws what the message is refused with, and leaves no trace", async () => {
  await using node = await scheduled({ tenantPendingLimit: 1 });
  const { schedules } = node;
  await schedules.create("acme", hourly);
  await node.system.control.pauseKind("acme", "tally");
  await schedules.runNow("acme", "hourly");
  await assert.rejects(schedules.runNow("acme", "hourly"), { code: "mailbox-full" });
  assert.equal((await node.ticks()).length, 1);
});

Deno.test("a schedule whose target has no key sends to a new actor each time", async () => {
  await using node = await scheduled();
  await node.schedules.create("acme", { ...hourly, target: { ...hourly.target, key: null } });
  for (let hour = 1; hour <= 2; hour++) await node.past(NOON + hour * HOUR);
  await node.quiet();
  const [one, two] = await node.ticks();
  assert.notEqual(one!.key, two!.key);
  for (const { key } of [one!, two!]) assert.equal(await node.system.ask(tally.at("acme", key!), "count"), 1);
});

Deno.test("a schedule of a job type makes a job at each instant", async () => {
  await using node = await scheduled();
  const target = { kind: "echo", key: null, message: "run", payload: { text: "tick" } };
  await node.schedules.create("acme", { ...hourly, target });
  for (let hour = 1; hour <= 2; hour++) await node.past(NOON + hour * HOUR);
  await node.quiet();
  const ticks = await node.ticks();
  for (const { key: id } of ticks) {
    const job = await node.system.point("acme", jobTables.queries.byId, { id: id! });
    assert.deepEqual([job?.status, job?.createdBy], ["succeeded", "schedule/hourly"]);
  }
  assert.equal(ticks.length, 2);
});

Deno.test("a schedule whose target has gone can be disabled", async () => {
  await using node = await scheduled();
  await node.schedules.create("acme", hourly);
  {
    using db = new DatabaseSync(node.rig.path, { timeout: 5_000 });
    db.exec("update schedules set kind = 'gone'");
  }
  assert.equal((await node.schedules.change("acme", "hourly", { enabled: false })).nextAt, null);
  const target = { ...hourly.target, kind: "gone" };
  await assert.rejects(node.schedules.change("acme", "hourly", { target }), { code: "unknown-kind" });
});

Deno.test("preview() shows the next instants, and refuses what has none", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  assert.deepEqual(schedules.preview(hourly.timing, 3), [1, 2, 3].map((hour) => NOON + hour * HOUR));
  assert.deepEqual(schedules.preview({ everyMs: MINUTE }, 2), [NOON + MINUTE, NOON + 2 * MINUTE]);
  assert.throws(() => schedules.preview({ cron: "0 0 31 9 *", timeZone: "UTC" }, 1), invalid);
});

Deno.test("a tenant has at most a thousand schedules", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  const named = (number: number) => schedules.create("acme", { ...hourly, name: `s${number}`, enabled: false });
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => named(number)));
  await assert.rejects(named(1_000), { code: "conflict", message: /1000 schedules/ });
  await schedules.create("zen", hourly);
});

Deno.test("the history of a schedule is kept for as long as is said, and its last tick for good", async () => {
  await using node = await scheduled({ keptMs: { ticks: 2 * DAY } });
  const { schedules } = node;
  await schedules.create("acme", { ...hourly, timing: { everyMs: DAY } });
  for (let day = 1; day <= 5; day++) await node.past(NOON + day * DAY);
  /** A slice is removed at a time, by a look every 5 s. */
  const left = (...days: number[]) =>
    until(async () => {
      node.advance(5_000);
      return (await node.ticks()).map(({ instant }) => (instant - NOON) / DAY).join() === days.join();
    });
  await left(4, 5);
  await schedules.change("acme", "hourly", { enabled: false });
  node.set(3 * DAY);
  await left();
  assert.equal((await schedules.get("acme", "hourly"))!.last!.instant, NOON + 5 * DAY);
});
