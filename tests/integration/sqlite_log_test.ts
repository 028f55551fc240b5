import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { commit, entry, event, writing } from "../support/store_entries.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";

const events = (count: number) => Array.from({ length: count }, (_, index) => event(`job.${index}`));

Deno.test("write() puts a tenant's events of a whole batch into as few rows as their number allows", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  await store.write([
    entry({ events: events(60) }),
    entry({ tenant: "rival", events: events(3) }),
    entry({ events: events(68) }),
  ]);
  await store.write([entry({ events: events(129) }), entry({ events: [] })]);
  assert.deepEqual(folder.inspect(segments), [
    "acme 1-128",
    "acme 129-256",
    "acme 257-257",
    "rival 1-3",
  ]);
});

Deno.test("trim removes the rows that its mark has passed, and nobody sees what is left of the one it lies in", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  for (const count of [3, 2, 128]) await commit(store, entry({ events: events(count) }));
  const left = async (upTo: number) => {
    await commit(store, writing({ write: "trim", tenant: "acme", upTo }));
    const read = await store.read.events("acme", { after: 0, limit: 1 });
    const shown = folder.inspect((db) => db.prepare("select min(number) as least from events").get()?.["least"]);
    assert.equal(shown ?? undefined, read[0]?.number);
    return [read[0]?.number, ...folder.inspect(segments)];
  };
  assert.deepEqual(await left(2), [3, "acme 1-3", "acme 4-5", "acme 6-133"]);
  assert.deepEqual(await left(3), [4, "acme 4-5", "acme 6-133"]);
  assert.deepEqual(await left(132), [133, "acme 6-133"]);
  assert.deepEqual(await left(133), [undefined]);
});

Deno.test("the view events shows every event as it is read, to a connection that trusts no schema as well", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  const data = '{ "n": 1.0, "é": "\\u00e9\\n", "quote": "\\"", "deep": [[], {}] }';
  await store.write([
    entry({ events: [{ type: "job.queued", subject: 'job/"1"', data }, ...events(130)] }),
    entry({ tenant: "rival", at: 7, events: events(2) }),
  ]);
  await commit(store, writing({ write: "trim", tenant: "acme", upTo: 100 }));
  await commit(store, entry({ tenant: "third", events: [{ type: "job.queued", subject: "", data }] }));
  const shown = folder.inspect((db) => {
    db.exec("pragma trusted_schema = off");
    return db.prepare("select * from events order by tenant, number").all().map((row) => ({ ...row }));
  });
  const read = [];
  for (const tenant of ["acme", "rival", "third"]) {
    for (const each of await store.read.events(tenant, { after: 0, limit: 1_000 })) read.push({ tenant, ...each });
  }
  assert.deepEqual(shown, read);
  assert.deepEqual([read.length, read.at(-1)?.data], [34, data]);
});

function segments(db: DatabaseSync): string[] {
  return db.prepare("select * from event_log order by tenant, last").all()
    .map(({ tenant, first, last }) => `${tenant} ${first}-${last}`);
}
