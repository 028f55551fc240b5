import assert from "node:assert/strict";
import type { Feed } from "../../runtime/events/feed.ts";
import { publishing } from "../../runtime/events/publishing_store.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { ManualStore } from "../support/manual_store.ts";
import { entry, event } from "../support/store_entries.ts";

/** A published store, the number of each first event that the feed was told, what subscriptions were, and whose commits the watcher was told of. */
function setup(store: Pick<Store, "write" | "writeNext">) {
  const told: number[] = [];
  const feed = { isFollowed: () => true, committed: (_tenant, _at, { first }) => void told.push(first) } as Partial<
    Feed
  >;
  const watched: (string | null)[] = [];
  const wrote: string[] = [];
  const subscribed: (readonly [first: number, events: number])[] = [];
  const published = publishing(store as Store, feed as Feed, {
    watcher: (tenant) => void watched.push(tenant),
    wrote: (tables, tenant) => void wrote.push(`${tables} of ${tenant}`),
    told: (_tenant, first, events) => void subscribed.push([first, events().length]),
  });
  return { published, told, subscribed, watched, wrote };
}

Deno.test("publishing() tells the feed and subscriptions of every batch, in order, before the caller hears of it", async () => {
  const store = new ManualStore();
  const { published, told, subscribed } = setup(store);
  const batch = [entry({ events: [event("job.a")] })];
  const heard = (answer: Promise<unknown>) => answer.then(() => [...told]);
  const answers = [heard(published.write(batch)), heard(published.writeNext!(batch))];
  for (const [index, answer] of answers.entries()) {
    (await store.next()).commit(index + 1);
    await answer;
  }
  assert.deepEqual(await Promise.all(answers), [[1], [1, 2]]);
  assert.deepEqual(subscribed, [[1, 1], [2, 1]]);
});

Deno.test("publishing() takes as many batches at a time as the store does", () => {
  const store = new ManualStore();
  const { published } = setup({ write: (batch) => store.write(batch) });
  assert.equal(published.writeNext, undefined);
});

Deno.test("publishing() tells the watcher whose commits they were, before the caller hears of it", async () => {
  const committed = { status: "committed", firstEvent: 0, appended: [], ready: [], nextDueAt: null } as const;
  const { published, watched } = setup({
    write: (batch) =>
      Promise.resolve(
        batch.map(({ tenant }) =>
          tenant === "zen"
            ? { status: "answered", answer: "", print: "" }
            : tenant === "idle"
            ? { ...committed, swept: 0 }
            : committed
        ),
      ),
  });
  const writes = [{ write: "unpause", kind: "counter" }] as const;
  const of = (tenant: string) => entry({ tenant, writes });
  await published.write([of("acme"), of("zen"), of("idle"), of("beta"), entry({ tenant: "acme", writes: [] })])
    .then(() => assert.deepEqual(watched, ["acme", "beta"]));
  await published.write([of("system")]);
  assert.deepEqual(watched, ["acme", "beta", null]);
});

Deno.test("publishing() tells which tables of whom were written, and nothing of what was refused", async () => {
  const { published, wrote } = setup({
    write: (batch) =>
      Promise.resolve(
        batch.map(({ tenant }) =>
          tenant === "zen"
            ? { status: "refused", error: { code: "conflict", message: "", retryable: false } }
            : { status: "committed", firstEvent: 0, appended: [], ready: [], nextDueAt: null }
        ),
      ),
  });
  const row = (tables: string) => ({ tables, write: "made", args: {} });
  const of = (tenant: string) =>
    entry({ tenant, writes: [{ write: "row", row: row("customer") }], rows: [row("audit")] });
  await published.write([of("acme"), of("zen")]).then(() =>
    assert.deepEqual(wrote, ["customer of acme", "audit of acme"])
  );
});
