import assert from "node:assert/strict";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  commit,
  committed,
  entry,
  event,
  eventTypes,
  NOON,
  noteRow,
  writing,
} from "../../support/store_entries.ts";

const REFUSED = noteRow("rated", { id: "nobody", stars: 1 });

export function logContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} numbers events densely in entry order for each tenant`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const results = await store.write([
      entry({ events: [event("job.a"), event("job.b")] }),
      entry({ tenant: "rival", events: [event("job.x")] }),
      entry(),
      entry({ events: [event("job.c")] }),
    ]);
    assert.deepEqual(results.map((result) => committed(result).firstEvent), [1, 1, 0, 3]);
    assert.equal((await commit(store, entry({ events: [event("job.d")] }))).firstEvent, 4);
    assert.deepEqual(await eventTypes(store.read), ["1 job.a", "2 job.b", "3 job.c", "4 job.d"]);
    assert.deepEqual(await eventTypes(store.read, "rival"), ["1 job.x"]);
  });

  Deno.test(`${name} leaves no hole in the numbers when entries between are refused`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const faulty = entry({ writes: [REFUSED], events: [event("job.lost"), event("job.lost")] });
    const results = await store.write([
      faulty,
      entry({ events: [event("job.a")] }),
      faulty,
      entry({ events: [event("job.b")] }),
    ]);
    assert.deepEqual(results.map(({ status }) => status), ["refused", "committed", "refused", "committed"]);
    assert.deepEqual([committed(results[1]).firstEvent, committed(results[3]).firstEvent], [1, 2]);
    assert.deepEqual(await eventTypes(store.read), ["1 job.a", "2 job.b"]);
    assert.deepEqual(await store.read.logMark("acme"), { last: 2, trimmedTo: 0 });
  });

  Deno.test(`${name} answers the log marks of several tenants in the order in which they are named`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await store.write([
      entry({ events: [event("job.a"), event("job.b")] }),
      entry({ tenant: "rival", events: [event("job.x")] }),
    ]);
    await commit(store, entry({ writes: [{ write: "trim", tenant: "acme", upTo: 1 }] }));
    const [none, rival, acme] = [{ last: 0, trimmedTo: 0 }, { last: 1, trimmedTo: 0 }, { last: 2, trimmedTo: 1 }];
    assert.deepEqual(await store.read.logMarks(["rival", "nobody", "acme"]), [rival, none, acme]);
    assert.deepEqual(await store.read.logMarks([]), []);
  });

  Deno.test(`${name} puts the events of appends before the entry's own, in the order of its writes`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const told = (type: string) => append({}, { with: { rows: [], events: [event(type)] } });
    const { firstEvent } = await commit(
      store,
      entry({ writes: [told("job.first"), told("job.second")], events: [event("job.own")] }),
    );
    assert.equal(firstEvent, 1);
    assert.deepEqual(await eventTypes(store.read), ["1 job.first", "2 job.second", "3 job.own"]);
  });

  Deno.test(`${name} refuses an event that cannot be stored and no other entry`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const broken = { type: "job.broken", subject: "test" } as unknown as ReturnType<typeof event>;
    const results = await store.write([entry({ events: [broken] }), entry({ events: [event("job.fine")] })]);
    assert.deepEqual(results.map(({ status }) => status), ["refused", "committed"]);
    assert.deepEqual(await eventTypes(store.read), ["1 job.fine"]);
  });

  Deno.test(`${name} events() answers a range of whole events in order`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const drafts = ["a", "b", "c", "d"].map((letter) => ({
      type: `job.${letter}`,
      subject: letter,
      data: `"${letter}"`,
    }));
    await commit(store, entry({ events: drafts }));
    assert.deepEqual(await store.read.events("acme", { after: 1, limit: 2 }), [
      { number: 2, type: "job.b", subject: "b", at: NOON, data: '"b"' },
      { number: 3, type: "job.c", subject: "c", at: NOON, data: '"c"' },
    ]);
  });

  Deno.test(`${name} trim removes a tenant's oldest events and moves its mark`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const three = [event("job.a"), event("job.b"), event("job.c")];
    await store.write([entry({ events: three }), entry({ tenant: "rival", events: three })]);
    await commit(store, writing({ write: "trim", tenant: "acme", upTo: 2 }));
    assert.deepEqual(await eventTypes(store.read), ["3 job.c"]);
    assert.deepEqual(await store.read.logMark("acme"), { last: 3, trimmedTo: 2 });
    assert.deepEqual(await store.read.longLogs(2), [{ tenant: "rival", mark: { last: 3, trimmedTo: 0 } }]);

    await commit(store, writing({ write: "trim", tenant: "acme", upTo: 1 }));
    assert.deepEqual(await store.read.logMark("acme"), { last: 3, trimmedTo: 2 });
  });

  Deno.test(`${name} goes on numbering when the whole log was trimmed`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await commit(store, entry({ events: [event("job.a")] }));
    await commit(store, writing({ write: "trim", tenant: "acme", upTo: 99 }));
    assert.deepEqual(await store.read.logMark("acme"), { last: 1, trimmedTo: 1 });
    assert.equal((await commit(store, entry({ events: [event("job.b")] }))).firstEvent, 2);
  });
}
