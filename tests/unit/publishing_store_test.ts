import assert from "node:assert/strict";
import type { Feed } from "../../runtime/events/feed.ts";
import { publishing } from "../../runtime/events/publishing_store.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { ManualStore } from "../support/manual_store.ts";
import { entry, event } from "../support/store_entries.ts";

/** A published store, and the number of each first event that the feed was told. */
function setup(store: Pick<Store, "write" | "writeNext">) {
  const told: number[] = [];
  const feed = { isFollowed: () => true, committed: (_tenant, _at, { first }) => void told.push(first) } as Partial<
    Feed
  >;
  return { published: publishing(store as Store, feed as Feed), told };
}

Deno.test("publishing() tells the feed of every batch, in order, before the caller hears of it", async () => {
  const store = new ManualStore();
  const { published, told } = setup(store);
  const batch = [entry({ events: [event("job.a")] })];
  const heard = (answer: Promise<unknown>) => answer.then(() => [...told]);
  const answers = [heard(published.write(batch)), heard(published.writeNext!(batch))];
  for (const [index, answer] of answers.entries()) {
    (await store.next()).commit(index + 1);
    await answer;
  }
  assert.deepEqual(await Promise.all(answers), [[1], [1, 2]]);
});

Deno.test("publishing() takes as many batches at a time as the store does", () => {
  const store = new ManualStore();
  const { published } = setup({ write: (batch) => store.write(batch) });
  assert.equal(published.writeNext, undefined);
});
