import assert from "node:assert/strict";
import type { StoreEntry } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  committed,
  entry,
  event,
  eventTypes,
  noteRow,
  readyIds,
  refusal,
  writing,
} from "../../support/store_entries.ts";

const ONE = { tenant: "acme", kind: "job", key: "one" };
/** The second of them is refused by the database. */
const TWICE = [writing(noteRow("added", { id: "n", body: "" })), writing(noteRow("added", { id: "n", body: "" }))];

/** What is handed over while another batch is under way. */
export function nextBatchContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} writeNext() applies a batch after the one under way, and sees what that wrote`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [first, ...rest] = ["a", "b", "c"].map((id) => [told(id)]);
    const answers = await Promise.all([store.write(first!), ...rest.map((batch) => store.writeNext!(batch))]);
    const results = answers.map(([result]) => committed(result));
    assert.deepEqual(results.map(({ firstEvent }) => firstEvent), [1, 2, 3]);
    assert.deepEqual(results.map(({ appended: [place] }) => place?.slot), ["ready", "behind", "behind"]);
    assert.deepEqual((await store.read.mailbox(ONE, 9)).map(({ id }) => id), ["a", "b", "c"]);
  });

  for (const at of [0, 1, 2]) {
    Deno.test(`${name} writeNext() goes on when an entry of batch ${at} is refused, before it or behind`, async () => {
      await using opened = await openStore();
      const { store } = opened;
      const batches = ["a", "b", "c"].map((id, index) => index === at ? [told(id), ...TWICE] : [told(id)]);
      const answers = await Promise.all([
        store.write(batches[0]!),
        store.writeNext!(batches[1]!),
        store.writeNext!(batches[2]!),
      ]);
      assert.deepEqual(answers.map(([result]) => committed(result).firstEvent), [1, 2, 3]);
      assert.equal(refusal(answers[at]![2]), "constraint");
      assert.deepEqual((await store.read.mailbox(ONE, 9)).map(({ id }) => id), ["a", "b", "c"]);
    });
  }

  Deno.test(`${name} keeps the order of batches, two of which are always under way, some with what is refused`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const ids = Array.from({ length: 60 }, (_, index) => `${index}`);
    const settled: string[] = [];
    let before = store.write([]);
    for (const [index, id] of ids.entries()) {
      // Some have to look at what is there, some do not.
      const mine = entry({
        writes: [append({ id, key: id, ...index % 3 === 0 ? {} : { key: "one" } })],
        events: [event(id)],
      });
      const next = store.writeNext!(index % 7 === 0 ? [mine, ...TWICE] : [mine]);
      next.then(() => settled.push(id));
      await before;
      before = next;
    }
    await before;
    assert.deepEqual(settled, ids);
    assert.deepEqual(await eventTypes(store.read), ids.map((id, index) => `${index + 1} ${id}`));
    const later = ids.filter((_, index) => index % 3 !== 0);
    assert.deepEqual((await store.read.mailbox(ONE, 99)).map(({ id }) => id), later);
  });

  Deno.test(`${name} close() waits for both batches under way`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const large = append({ id: "b", key: "b", payload: JSON.stringify("x".repeat(200_000)) });
    const answers = [store.write([writing(append({ id: "a", key: "a" }))]), store.writeNext!([writing(large)])];
    await store.close();
    assert.deepEqual((await Promise.all(answers)).map(([result]) => result?.status), ["committed", "committed"]);
    assert.deepEqual(await readyIds((await opened.reopen()).read), ["a", "b"]);
  });
}

function told(id: string): StoreEntry {
  return entry({ events: [event(`job.${id}`)], writes: [append({ id })] });
}
