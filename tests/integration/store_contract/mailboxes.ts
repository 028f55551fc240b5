import assert from "node:assert/strict";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  bury,
  commit,
  committed,
  entry,
  NOON,
  notesOf,
  postpone,
  readyIds,
  refusal,
  remove,
  writing,
} from "../../support/store_entries.ts";

const ONE = { tenant: "acme", kind: "job", key: "one" };

export function mailboxContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} append makes the first message a ready head when it is due`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const { appended: [place], nextDueAt } = await commit(store, writing(append({ id: "a" })));
    assert.equal(place?.slot, "ready");
    assert.equal(nextDueAt, null);
    assert.deepEqual(await readyIds(store.read), ["a"]);
  });

  Deno.test(`${name} append makes the first message wait when it is not due`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const { appended: [place], nextDueAt } = await commit(store, writing(append({ dueAt: NOON + 1 })));
    assert.equal(place?.slot, "waiting");
    assert.equal(nextDueAt, NOON + 1);
    assert.deepEqual(await readyIds(store.read), []);
    assert.equal(await store.read.nextDueAt(), NOON + 1);
  });

  Deno.test(`${name} append puts later messages behind the head`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const { appended: places } = await commit(store, writing(append({ id: "a" }), append({ id: "b" })));
    assert.deepEqual(places.map(({ slot }) => slot), ["ready", "behind"]);
    assert.deepEqual(await readyIds(store.read), ["a"]);
    assert.equal(await store.read.mailboxDepth(ONE), 2);
  });

  Deno.test(`${name} append takes the head's place when it is due earlier`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, writing(append({ id: "late", dueAt: NOON + 10 })));
    const { appended: [place] } = await commit(store, writing(append({ id: "early" })));
    assert.equal(place?.slot, "ready");
    assert.deepEqual((await store.read.mailbox(ONE, 10)).map(({ id }) => id), ["early", "late"]);
    assert.equal(await store.read.nextDueAt(), null);
  });

  Deno.test(`${name} append of a recorded message is refused while its actor has one`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const ref = await appended(store, { id: "a" }, { recorded: true });
    const [second] = await store.write([writing(append({ id: "b" }, { recorded: true }))]);
    assert.equal(refusal(second), "conflict");
    await commit(store, writing(remove(ref)));
    await commit(store, writing(append({ id: "c" }, { recorded: true })));
    assert.deepEqual(await readyIds(store.read), ["c"]);
  });

  Deno.test(`${name} an entry that takes messages away leaves the next one as head, put off or not`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [a, b, c, d] = [
      await appended(store, { id: "a" }),
      await appended(store, { id: "b" }),
      await appended(store, { id: "c" }),
      await appended(store, { id: "d" }),
    ];
    const { ready } = await commit(store, writing(remove(a), remove(b)));
    assert.deepEqual(ready.map(({ id }) => id), ["c"]);
    assert.deepEqual(await readyIds(store.read), ["c"]);
    const { nextDueAt } = await commit(store, writing(remove(c), postpone(d, { readyAt: NOON + 5 })));
    assert.equal(nextDueAt, NOON + 5);
    assert.deepEqual(await readyIds(store.read), []);
    await commit(store, writing(append({ id: "early", dueAt: NOON - 1 }), remove(d)));
    assert.deepEqual(await readyIds(store.read), ["early"]);
  });

  Deno.test(`${name} a stretch of appends to one mailbox keeps its first by due time`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const dueAts = [5, 7, 3, 4, 3, 9, 1, 2];
    const { appended: places } = await commit(
      store,
      writing(...dueAts.map((dueAt, index) => append({ id: `m${index}`, dueAt: NOON - dueAt }))),
    );
    assert.deepEqual(await readyIds(store.read), ["m5"]);
    assert.equal(places.filter(({ slot }) => slot === "ready").length, 3);
    assert.deepEqual(
      (await store.read.mailbox(ONE, 10)).map(({ id }) => id),
      [5, 1, 0, 3, 2, 4, 7, 6].map((n) => `m${n}`),
    );
  });

  Deno.test(`${name} append skips message, rows and events when its dedupe key is held`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await appended(store, { key: "holder", dedupeKey: "k" });
    const held = append({ key: "other", dedupeKey: "k" }, {
      with: { rows: [{ tables: "note", write: "added", args: { id: "n", body: "" } }], events: [DRAFT] },
    });
    const result = await commit(store, entry({ writes: [held, append({ key: "third" })], events: [DRAFT] }));
    assert.deepEqual(result.appended[0], { slot: "held", key: "holder" });
    assert.equal(result.appended[1]?.slot, "ready");
    assert.equal(result.firstEvent, 1);
    assert.deepEqual(await store.read.logMark("acme"), { last: 1, trimmedTo: 0 });
    assert.equal(await store.read.mailboxDepth({ ...ONE, key: "other" }), 0);
    assert.deepEqual(await notesOf(store.read), []);
  });

  Deno.test(`${name} append takes a dedupe key when its holder is handled or of another tenant or kind`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const holder = await appended(store, { dedupeKey: "k" });
    await commit(store, writing(append({ tenant: "rival", dedupeKey: "k" }), append({ kind: "mail", dedupeKey: "k" })));
    const { appended: [place] } = await commit(store, writing(remove(holder), append({ key: "two", dedupeKey: "k" })));
    assert.equal(place?.slot, "ready");
  });

  Deno.test(`${name} remove makes the next message head and tells it`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { id: "a" });
    for (const id of ["b", "c"]) await appended(store, { id });
    const { ready } = await commit(store, writing(remove(first)));
    assert.deepEqual(ready, await store.read.mailbox(ONE, 1));
    assert.deepEqual(await readyIds(store.read), ["b"]);
  });

  Deno.test(`${name} remove tells when the next message is due when it has to wait`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store);
    await appended(store, { dueAt: NOON + 5 });
    const { ready, nextDueAt } = await commit(store, writing(remove(first)));
    assert.deepEqual(ready, []);
    assert.equal(nextDueAt, NOON + 5);
    assert.equal(await store.read.nextDueAt(), NOON + 5);
  });

  Deno.test(`${name} tells a mailbox once a batch, with the last entry that touched it`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [first, second] = [await appended(store, { id: "a" }), await appended(store, { id: "b" })];
    await appended(store, { id: "c" });
    const results = await store.write([writing(remove(first)), writing(remove(second)), writing()]);
    const told = results.map((result) => committed(result).ready.map(({ id }) => id));
    assert.deepEqual(told, [[], ["c"], []]);
  });

  Deno.test(`${name} does not tell a message again when its append was told as ready`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const overtaken = await appended(store, { id: "a" });
    const results = await store.write([writing(append({ id: "b", dueAt: NOON - 1 })), writing(remove(overtaken))]);
    assert.deepEqual(committed(results[0]).appended.map(({ slot }) => slot), ["ready"]);
    assert.deepEqual(committed(results[1]).ready, []);
  });

  Deno.test(`${name} postpone keeps the head and blocks those behind it until it is woken`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const head = await appended(store, { id: "a" });
    await appended(store, { id: "b" });
    const { nextDueAt, ready } = await commit(store, writing(postpone(head, { readyAt: NOON + 50, crashes: 1 })));
    assert.deepEqual({ nextDueAt, ready }, { nextDueAt: NOON + 50, ready: [] });
    assert.deepEqual(await readyIds(store.read), []);

    const woken = await commit(store, writing({ write: "wake", now: NOON + 50, limit: 10 }));
    assert.equal(woken.nextDueAt, null);
    const [message] = await store.read.mailbox(ONE, 1);
    assert.deepEqual(
      [message?.id, message?.attempts, message?.crashes, message?.readyAt, message?.dueAt],
      ["a", 1, 1, NOON + 50, NOON],
    );
    assert.deepEqual(await readyIds(store.read), ["a"]);
  });

  Deno.test(`${name} wake makes at most its limit ready, the earliest first, and tells when the rest is due`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    for (const wait of [30, 10, 20]) await appended(store, { key: `in-${wait}`, id: `${wait}`, dueAt: NOON + wait });
    const wake = { write: "wake", now: NOON + 25, limit: 1 } as const;
    const { ready, nextDueAt } = await commit(store, entry({ at: NOON + 25, writes: [wake] }));
    assert.deepEqual(ready.map(({ id }) => id), ["10"]);
    assert.equal(nextDueAt, NOON + 20);
    assert.deepEqual(await readyIds(store.read), ["10"]);
  });

  Deno.test(`${name} bury takes the message out of its mailbox and makes the next one head`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const poison = await appended(store, { id: "poison" });
    await appended(store, { id: "healthy" });
    const { ready } = await commit(store, writing(bury(poison)));
    assert.deepEqual(ready.map(({ id }) => id), ["healthy"]);
    assert.deepEqual((await store.read.mailbox(ONE, 10)).map(({ id }) => id), ["healthy"]);
  });

  Deno.test(`${name} refuses as conflict what names a message that is gone`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const ref = await appended(store);
    await commit(store, writing(remove(ref)));
    const results = await store.write([
      writing(remove(ref)),
      writing(postpone(ref)),
      writing(bury(ref)),
      writing({ write: "mark", ref, deaths: 0 }),
      writing({ write: "wish-cancelled", ref, by: "ann" }),
    ]);
    assert.deepEqual(new Set(results.map(refusal)), new Set(["conflict"]));
  });

  Deno.test(`${name} readyHeads() answers by priority, then readiness, then sequence`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await appended(store, { key: "a", id: "plain" });
    await appended(store, { key: "b", id: "plain too" });
    await appended(store, { key: "c", id: "older", dueAt: NOON - 1 });
    await appended(store, { key: "d", id: "urgent", priority: 5 });
    assert.deepEqual(await readyIds(store.read), ["urgent", "older", "plain", "plain too"]);
    const [message] = await store.read.readyHeads({ tenant: "acme", kind: "job" }, 1);
    assert.deepEqual(message, (await store.read.mailbox({ ...ONE, key: "d" }, 1))[0]);
  });

  Deno.test(`${name} readyHeads() answers from a place on`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const LANE = { tenant: "acme", kind: "job" };
    for (const [index, priority] of [0, 5, 0, 0, -5].entries()) {
      await appended(store, { key: `k${index}`, id: `m${index}`, priority, dueAt: NOON - (index === 3 ? 1 : 0) });
    }
    const heads = await store.read.readyHeads(LANE, 100);
    assert.deepEqual(heads.map(({ id }) => id), ["m1", "m3", "m0", "m2", "m4"]);
    for (const [index, from] of heads.entries()) {
      assert.deepEqual(await store.read.readyHeads(LANE, 100, { from }), heads.slice(index));
    }
  });

  Deno.test(`${name} readyLanes() and pending() count over tenants and kinds`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(
      store,
      writing(append(), append(), append({ kind: "mail", dueAt: NOON + 1 }), append({ kind: "zip" })),
    );
    await commit(store, writing(append({ tenant: "rival" }), append({ tenant: "rival", key: "two" })));
    assert.deepEqual(await store.read.readyLanes(), [
      { tenant: "acme", kind: "job" },
      { tenant: "acme", kind: "zip" },
      { tenant: "rival", kind: "job" },
    ]);
    assert.deepEqual([...await store.read.pending()].sort(), [["acme", 4], ["rival", 2]]);
  });
}

const DRAFT = { type: "job.accepted", subject: "one", data: "{}" };
