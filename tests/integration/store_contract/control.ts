import assert from "node:assert/strict";
import type { MessageRef } from "../../../runtime/actor/message.ts";
import type { Store, Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  commit,
  committed,
  entry,
  NOON,
  postpone,
  readyIds,
  remove,
  writing,
} from "../../support/store_entries.ts";

export function controlContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} wish-cancelled is told until the message leaves, postponed or overtaken or not`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const first = await appended(store, { id: "first" });
    const second = await appended(store, { id: "second", tenant: "rival" });
    await appended(store, { id: "nobody's", key: "two" });
    await store.write([second, first].map((ref) => writing({ write: "wish-cancelled", ref, by: "ann" })));
    await commit(store, writing(postpone(first, { readyAt: NOON + 5 }), append({ dueAt: NOON - 1 })));
    const again = await opened.reopen();
    const wished = await again.read.wishedCancelled();
    assert.deepEqual(wished.map(({ message: { id, attempts }, by }) => [id, attempts, by]), [["first", 1, "ann"], [
      "second",
      0,
      "ann",
    ]]);
    await commit(again, writing(remove(first)));
    assert.deepEqual((await again.read.wishedCancelled()).map(({ message }) => message.id), ["second"]);
  });

  Deno.test(`${name} startMarks() tells the marks that an earlier life left`, async () => {
    await using opened = await openStore();
    const first = await appended(opened.store, { id: "first" });
    await appended(opened.store, { id: "unmarked", key: "two" });
    await commit(opened.store, writing(mark(first, 2)));
    assert.deepEqual(await opened.store.read.startMarks(), []);
    const { generation } = opened.store.ownership;
    const again = await opened.reopen({ died: true });
    const [message] = await again.read.mailbox(first, 1);
    assert.deepEqual(await again.read.startMarks(), [{ message, generation, deaths: 2 }]);
    assert.deepEqual(await readyIds(again.read), ["first", "unmarked"]);
  });

  Deno.test(`${name} a message bears the latest mark only`, async () => {
    await using opened = await openStore();
    const ref = await appended(opened.store);
    await commit(opened.store, writing(mark(ref, 1)));
    const second = await opened.reopen({ died: true });
    await commit(second, writing(mark(ref, 2)));
    assert.deepEqual(await second.read.startMarks(), []);
    const { generation } = second.ownership;
    const third = await opened.reopen();
    assert.deepEqual(await marksOf(third), [[generation, 2]]);
  });

  Deno.test(`${name} unmark and postpone take a mark off, with its deaths`, async () => {
    await using opened = await openStore();
    const refs = await Promise.all(["one", "two", "three"].map((key) => appended(opened.store, { key })));
    await opened.store.write(refs.map((ref) => writing(mark(ref, 1))));
    const unmark = (ref: MessageRef): Write => ({ write: "unmark", ref });
    const results = await opened.store.write([
      writing(unmark(refs[0]!)),
      writing(unmark(refs[0]!)),
      writing(unmark({ ...refs[0]!, seq: 999_999 })),
      writing(postpone(refs[1]!)),
      writing(remove(refs[2]!)),
    ]);
    results.forEach(committed);
    assert.deepEqual(await (await opened.reopen()).read.startMarks(), []);
  });

  Deno.test(`${name} pause is told for the entry's tenant until unpause, by whom it was first`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const pause = (by: string): Write => ({ write: "pause", kind: "job", by });
    await commit(store, writing(pause("ann")));
    await commit(store, entry({ at: NOON + 1, writes: [pause("bob")] }));
    await commit(store, entry({ tenant: "rival", writes: [pause("eve"), { write: "pause", kind: "a", by: "eve" }] }));
    const again = await opened.reopen();
    assert.deepEqual(await again.read.pausedKinds(), [
      { tenant: "acme", kind: "job", by: "ann", at: NOON },
      { tenant: "rival", kind: "a", by: "eve", at: NOON },
      { tenant: "rival", kind: "job", by: "eve", at: NOON },
    ]);
    const unpause = writing({ write: "unpause", kind: "job" });
    (await again.write([unpause, unpause])).forEach(committed);
    assert.deepEqual((await again.read.pausedKinds()).map(({ tenant }) => tenant), ["rival", "rival"]);
  });
}

function mark(ref: MessageRef, deaths: number): Write {
  return { write: "mark", ref, deaths };
}

async function marksOf(store: Store): Promise<[generation: number, deaths: number][]> {
  return (await store.read.startMarks()).map(({ generation, deaths }) => [generation, deaths]);
}
