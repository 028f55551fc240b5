import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import type { DeadLetter, DeadLettersPage, NewMessage, Store } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  BOOM,
  bury,
  commit,
  committed,
  entry,
  newMessage,
  NOON,
  refusal,
  writing,
} from "../../support/store_entries.ts";

export function deadLetterContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} bury keeps the message whole, with why and when it was given up`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const parts = { id: "poison", payload: '{"a":1}', by: "ann", dedupeKey: "k", priority: 3, dueAt: NOON - 9 };
    const ref = await appended(store, parts);
    await commit(store, writing(bury(ref, { attempts: 4, crashes: 2, at: NOON + 7 })));
    const expected = { ...newMessage(parts), attempts: 4, crashes: 2, error: BOOM, diedAt: NOON + 7 };
    assert.deepEqual(await store.read.deadLetter("acme", "poison"), expected);
    assert.deepEqual(await store.read.deadLetters({ tenant: "acme", limit: 9 }), [expected]);
    assert.equal(await store.read.deadLetter("rival", "poison"), null);
    assert.deepEqual(await store.read.deadLetters({ tenant: "rival", limit: 9 }), []);
  });

  Deno.test(`${name} discard takes a dead letter of its tenant away, once`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    await died(store, { id: "poison" });
    const discard = { write: "discard", id: "poison" } as const;
    assert.equal(refusal((await store.write([entry({ tenant: "rival", writes: [discard] })]))[0]), "not-found");
    // As two people retry it at the same moment.
    const retry = writing(discard, append({ id: "again" }));
    const results = await store.write([retry, retry]);
    committed(results[0]);
    assert.equal(refusal(results[1]), "not-found");
    assert.equal(await store.read.deadLetter("acme", "poison"), null);
    assert.deepEqual((await store.read.mailbox(newMessage(), 9)).map(({ id }) => id), ["again"]);
  });

  Deno.test(`${name} deadLetters() pages over all of them once, newest first, by kind or not`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const letters = fc.array(fc.record({ kind: fc.constantFrom("job", "mail"), diedIn: fc.nat({ max: 3 }) }), {
      maxLength: 12,
    });
    let number = 0;
    const property = fc.asyncProperty(letters, fc.integer({ min: 1, max: 4 }), async (all, limit) => {
      const ids: string[] = [];
      for (const { kind, diedIn } of all) {
        const id = `letter-${String(++number).padStart(6, "0")}`;
        await died(store, { id, kind }, NOON + diedIn);
        ids.push(id);
      }
      await died(store, { id: `rival's ${++number}`, tenant: "rival" });
      for (const kind of ["job", "mail", undefined]) {
        const pages = await allPages(store, { tenant: "acme", limit, ...(kind === undefined ? {} : { kind }) });
        const expected = ids.map((id, index) => ({ id, ...all[index]! })).filter((one) =>
          one.kind === (kind ?? one.kind)
        )
          .sort((one, other) => other.diedIn - one.diedIn || (one.id < other.id ? 1 : -1));
        assert.deepEqual(pages.map(({ id }) => id), expected.map(({ id }) => id));
      }
      await store.write(ids.map((id) => writing({ write: "discard", id })));
    });
    await fc.assert(property, { numRuns: 30 });
  });
}

async function died(store: Store, parts: Partial<NewMessage>, at = NOON): Promise<void> {
  const ref = await appended(store, parts);
  await commit(store, writing(bury(ref, { at })));
}

async function allPages(store: Store, page: DeadLettersPage): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (;;) {
    const last = letters.at(-1);
    const before = last === undefined ? {} : { before: { diedAt: last.diedAt, id: last.id } };
    const next = await store.read.deadLetters({ ...page, ...before });
    letters.push(...next);
    assert.ok(letters.length <= 100, "the pages go round in circles");
    if (next.length < page.limit) return letters;
  }
}
