import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { Tick } from "../../runtime/schedule/contract.ts";
import { jitterOf } from "../../runtime/schedule/jitter.ts";
import { tally } from "../support/registry/system_registry.ts";
import { replaced } from "../support/replaced.ts";
import {
  holdingReads,
  HOUR,
  hourly,
  MINUTE,
  NOON,
  scheduled,
  type ScheduledRig,
  until,
} from "../support/scheduled_rig.ts";

const told = (ticks: readonly Tick[]) => ticks.map(({ instant, status, cause }) => [instant - NOON, status, cause]);
const count = ({ system }: ScheduledRig, key = "a") => system.ask(tally.at("acme", key), "count");

Deno.test("a schedule sends its message at its instants, and its ledger tells of each", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  const made = await schedules.create("acme", hourly, { by: "pat", rows: [] });
  assert.deepEqual([made.nextAt, made.createdBy, made.last], [NOON + HOUR, "pat", null]);
  for (let hour = 1; hour <= 3; hour++) await node.past(NOON + hour * HOUR);
  await node.quiet();
  assert.equal(await count(node), 3);
  const ticks = await node.ticks();
  assert.deepEqual(told(ticks), [1, 2, 3].map((hour) => [hour * HOUR, "sent", "due"]));
  assert.equal(new Set(ticks.map(({ messageId }) => messageId)).size, 3);
  assert.deepEqual((await schedules.get("acme", "hourly"))!.last, ticks.at(-1));
  assert.deepEqual(await schedules.ticks({ tenant: "acme", name: "hourly", before: NOON + 3 * HOUR, limit: 1 }), [
    ticks[1],
  ]);
  assert.deepEqual(await schedules.ticks({ tenant: "zen", name: "hourly", limit: 9 }), []);
});

Deno.test("a tick that was under way when its schedule was changed or removed sends nothing", async () => {
  for (const act of ["change", "remove"] as const) {
    const held = holdingReads();
    await using node = await scheduled({ around: held.around });
    const { schedules } = node;
    await schedules.create("acme", hourly);
    held.hold();
    node.advance(HOUR);
    await until(() => Promise.resolve(held.isHeld));
    if (act === "remove") await schedules.remove("acme", "hourly");
    else await schedules.change("acme", "hourly", { timing: { everyMs: 10 * HOUR } });
    held.release();
    await node.quiet();
    node.advance(MINUTE);
    await node.quiet();
    assert.equal(await count(node, "a"), 0, act);
    assert.deepEqual(await node.ticks(), []);
    const left = await schedules.get("acme", "hourly");
    assert.equal(left?.nextAt, act === "remove" ? undefined : NOON + 11 * HOUR);
  }
});

Deno.test("a schedule whose kind is gone can be paused, and given another target", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", hourly);
  meddle(node, "update schedules set kind = 'gone'");
  const paused = await schedules.change("acme", "hourly", { enabled: false });
  assert.deepEqual([paused.enabled, paused.nextAt, paused.target.kind], [false, null, "gone"]);
  await assert.rejects(schedules.change("acme", "hourly", { target: paused.target }), { code: "unknown-kind" });
  const changed = await schedules.change("acme", "hourly", { target: hourly.target, enabled: true });
  assert.deepEqual([changed.target.kind, changed.nextAt], [hourly.target.kind, NOON + HOUR]);
});

Deno.test("an instant that was sent is not sent again when the clock goes back over a change of its schedule", async () => {
  await using node = await scheduled();
  const { schedules } = node;
  await schedules.create("acme", hourly);
  await node.past(NOON + HOUR);
  node.set(-HOUR);
  const { nextAt } = await schedules.change("acme", "hourly", { timing: { cron: "*/30 * * * *", timeZone: "UTC" } });
  assert.equal(nextAt, NOON + HOUR / 2);
  await node.past(NOON + 2 * HOUR);
  await node.quiet();
  assert.deepEqual((await node.ticks()).map(({ instant }) => (instant - NOON) / HOUR), [0.5, 1, 1.5, 2]);
  assert.equal(await count(node), 4);
});

Deno.test("a message comes later than its instant by the schedule's jitter, and the ledger has the instant", async () => {
  await using node = await scheduled();
  const jitterMs = 20 * MINUTE;
  await node.schedules.create("acme", { ...hourly, jitterMs });
  await node.past(NOON + HOUR);
  const jitter = jitterOf({ tenant: "acme", name: "hourly", jitterMs }, {
    instant: NOON + HOUR,
    nextAt: NOON + 2 * HOUR,
  });
  assert.ok(jitter > MINUTE);
  assert.deepEqual((await node.ticks()).map(({ instant }) => instant), [NOON + HOUR]);
  node.advance(NOON + HOUR + jitter - 1 - node.now());
  await node.system.tell(tally.at("acme", "other"), "add", { by: 1 });
  await until(async () => await count(node, "other") === 1);
  assert.equal(await count(node), 0);
  node.advance(1);
  await until(async () => await count(node) === 1);
});

Deno.test("what was missed while a node was down is caught up by the schedule's policy", async () => {
  await using node = await scheduled();
  const policies = { all: 10, few: 2, latest: 5, skip: 5 };
  for (const [name, catchUpLimit] of Object.entries(policies)) {
    const catchUp = name === "latest" || name === "skip" ? name : "all";
    const target = { ...hourly.target, key: name };
    await node.schedules.create("acme", { ...hourly, name, catchUp, catchUpLimit, target });
  }
  await node.past(NOON + HOUR, "skip");
  await node.quiet();
  node.set(5 * HOUR + 30 * MINUTE);
  await node.rig.restart();
  for (const name of Object.keys(policies)) await node.past(NOON + 6 * HOUR, name);
  await node.quiet();
  const sent = async (name: string) =>
    (await node.ticks(name)).filter(({ status }) => status === "sent").map(({ instant }) => (instant - NOON) / HOUR);
  assert.deepEqual(await sent("all"), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await sent("few"), [1, 5, 6]);
  assert.deepEqual(await sent("latest"), [1, 6]);
  assert.deepEqual(await sent("skip"), [1]);
  const skipped = (await node.ticks("latest")).filter(({ status }) => status === "skipped");
  assert.deepEqual(
    skipped.map(({ instant, messageId }) => [(instant - NOON) / HOUR, messageId]),
    [2, 3, 4, 5].map((hour) => [hour, null]),
  );
  assert.deepEqual(await Promise.all(Object.keys(policies).map((key) => count(node, key))), [6, 3, 2, 1]);
});

Deno.test("a message that is not accepted is recorded as refused, and its schedule goes on", async () => {
  await using node = await scheduled({ tenantPendingLimit: 2 });
  await node.schedules.create("acme", hourly);
  await node.system.control.pauseKind("acme", "tally");
  for (let hour = 1; hour <= 3; hour++) await node.past(NOON + hour * HOUR);
  await node.system.control.resumeKind("acme", "tally");
  await node.quiet();
  await node.past(NOON + 4 * HOUR);
  await node.quiet();
  meddle(node, "update schedules set kind = 'gone'");
  await node.past(NOON + 5 * HOUR);
  meddle(node, "update schedules set kind = 'tally', message = 'gone'");
  await node.past(NOON + 6 * HOUR);
  meddle(node, "update schedules set message = 'add', payload = '{}'");
  await node.past(NOON + 7 * HOUR);
  const ticks = await node.ticks();
  assert.deepEqual(ticks.map(({ status }) => status), [
    "sent",
    "sent",
    "refused",
    "sent",
    "refused",
    "refused",
    "refused",
  ]);
  for (const [index, why] of [[2, /at most 2/], [4, /no kind "gone"/], [5, /no message "gone"/], [6, /by/]] as const) {
    assert.match(ticks[index]!.error!, why);
  }
  assert.equal(await count(node), 3);
  assert.equal((await node.schedules.get("acme", "hourly"))!.last!.status, "refused");
});

Deno.test("of messages that are sent together those are accepted for which there is room", async () => {
  await using node = await scheduled({ tenantPendingLimit: 2 });
  await node.schedules.create("acme", hourly);
  await node.system.control.pauseKind("acme", "tally");
  node.set(5 * HOUR);
  await node.past(NOON + 5 * HOUR);
  assert.deepEqual((await node.ticks()).map(({ status }) => status), ["sent", "sent", "refused", "refused", "refused"]);
});

Deno.test("what cannot be timed any more is switched off and says why, and the others go on", async () => {
  await using node = await scheduled();
  await node.schedules.create("acme", hourly);
  await node.schedules.create("acme", { ...hourly, name: "sound" });
  meddle(node, "update schedules set time_zone = 'Mars/Olympus' where name = 'hourly'");
  await node.past(NOON + HOUR, "sound");
  await node.past(NOON + HOUR);
  const { enabled, nextAt, last } = (await node.schedules.get("acme", "hourly"))!;
  assert.deepEqual([enabled, nextAt, last!.status, last!.instant], [false, null, "refused", NOON + HOUR]);
  assert.match(last!.error!, /Mars/);
  await node.past(NOON + 2 * HOUR, "sound");
  const mended = await node.schedules.change("acme", "hourly", { timing: hourly.timing, enabled: true });
  assert.equal(mended.nextAt, NOON + 3 * HOUR);
});

Deno.test("while the storage refuses writes ticks wait, and none is skipped", async () => {
  let isFull = false;
  await using node = await scheduled({
    around: (store) =>
      replaced(store, {
        write: (batch) =>
          isFull
            ? Promise.reject(new RuntimeError("storage-unavailable", "The disk is full", { retryable: true }))
            : store.write(batch),
      }),
  });
  await node.schedules.create("acme", { ...hourly, catchUp: "skip" });
  isFull = true;
  node.advance(HOUR);
  await node.rig.recorder.next("ticks.delayed");
  node.advance(30_000);
  isFull = false;
  await node.past(NOON + HOUR);
  await node.quiet();
  assert.deepEqual(told(await node.ticks()), [[HOUR, "sent", "due"]]);
  assert.equal(await count(node), 1);
});

Deno.test("large messages are caught up in several commits, each instant once and in order", async () => {
  await using node = await scheduled();
  const text = "x".repeat(60_000);
  await node.schedules.create("acme", {
    ...hourly,
    timing: { everyMs: MINUTE },
    catchUpLimit: 100,
    target: { ...hourly.target, key: null, payload: { by: 1, text } },
  });
  node.set(HOUR);
  await node.past(NOON + HOUR);
  await node.quiet();
  const ticks = await node.ticks();
  assert.deepEqual(
    ticks.map(({ instant }) => (instant - NOON) / MINUTE),
    Array.from({ length: ticks.length }, (_, index) => index + 1),
  );
  assert.ok(ticks.length >= 60 && ticks.every(({ status }) => status === "sent"));
  for (const { key } of ticks) assert.equal(await count(node, key!), 1);
});

Deno.test("System.wake() finds what is due, whatever the node's own timer knows", async () => {
  await using node = await scheduled();
  await node.schedules.create("acme", { ...hourly, timing: { everyMs: 30 * 24 * HOUR } });
  await node.quiet();
  // A look that is under way, as after the start, finds it; the next one is a month away.
  let found = 0;
  for (let tries = 1;; tries++) {
    meddle(node, `update schedules set next_at = ${NOON - tries * 1_000}`);
    node.advance(2 * MINUTE);
    await node.system.tell(tally.at("acme", "other"), "add", { by: 1 });
    await until(async () => await count(node, "other") === tries);
    const { length } = await node.ticks();
    if (length === found) break;
    found = length;
    await node.quiet();
    assert.ok(tries < 5, "the node's own timer finds it each time");
  }
  const over = new AbortController();
  const woken = node.system.wake(over.signal);
  node.advance(1);
  await until(async () => (await node.ticks()).length === found + 1);
  over.abort();
  await woken;
});

/** Writes into the node's file past the node. */
function meddle({ rig }: ScheduledRig, sql: string): void {
  using db = new DatabaseSync(rig.path, { timeout: 5_000 });
  db.exec(sql);
}
