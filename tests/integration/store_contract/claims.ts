import assert from "node:assert/strict";
import type { Claim } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, committed, entry, event, NOON, noteRow } from "../../support/store_entries.ts";

const CLAIM: Claim = { scope: "submit", key: "k", print: "p1", answer: "first", until: NOON + 100 };

export function claimContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} answers a taken key from its holder and does nothing else`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const repeat = entry({
      claim: { ...CLAIM, print: "p2", answer: "second" },
      writes: [append(), noteRow("added", { id: "n", body: "" })],
      events: [event("job.accepted")],
    });
    const results = await store.write([entry({ claim: CLAIM }), repeat]);
    assert.deepEqual(results[1], { status: "answered", answer: "first", print: "p1" });
    assert.deepEqual((await store.write([repeat]))[0], results[1]);
    assert.deepEqual([...await store.read.pending()], []);
    assert.equal((await store.read.logMark("acme")).last, 0);
  });

  Deno.test(`${name} lets a key be taken again when its time has ended`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await store.write([entry({ claim: CLAIM })]);
    const again = { ...CLAIM, answer: "second", until: NOON + 300 };
    committed((await store.write([entry({ claim: again, at: CLAIM.until })]))[0]);
    const [third] = await store.write([entry({ claim: CLAIM, at: NOON + 299 })]);
    assert.deepEqual(third, { status: "answered", answer: "second", print: "p1" });
  });

  Deno.test(`${name} keeps the keys of tenants and scopes apart`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const results = await store.write([
      entry({ claim: CLAIM }),
      entry({ claim: CLAIM, tenant: "rival" }),
      entry({ claim: { ...CLAIM, scope: "cancel" } }),
    ]);
    results.forEach(committed);
  });

  Deno.test(`${name} gives a key back when the entry that took it is refused`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const faulty = entry({ claim: CLAIM, writes: [noteRow("rated", { id: "nobody", stars: 1 })] });
    const [first, second] = await store.write([faulty, entry({ claim: CLAIM })]);
    assert.equal(first?.status, "refused");
    assert.equal(second?.status, "committed");
  });

  Deno.test(`${name} sweep removes the keys that have ended, at most its limit`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const keys = ["a", "b", "c"];
    await store.write(keys.map((key, index) => entry({ claim: { ...CLAIM, key, until: NOON + index } })));
    const sweep = { write: "sweep", now: NOON + 50, blobsBefore: 0, limit: 2 } as const;
    await store.write([entry({ writes: [sweep] })]);
    // With the clock set back, what was swept is free and what was not still answers.
    const results = await store.write(keys.map((key) => entry({ claim: { ...CLAIM, key }, at: NOON - 1 })));
    assert.deepEqual(results.map(({ status }) => status), ["committed", "committed", "answered"]);
  });
}
