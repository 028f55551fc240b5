import { eventsOf, type Store } from "../store/contract.ts";
import type { Feed } from "./feed.ts";

/** The store, with every committed event told to the feed before the committer's promise resolves. */
export function publishing(store: Store, feed: Feed): Store {
  return {
    ownership: store.ownership,
    read: store.read,
    get room() {
      return store.room ?? "ample";
    },
    close: () => store.close(),
    async write(batch) {
      const results = await store.write(batch);
      for (const [index, result] of results.entries()) {
        if (result.status !== "committed" || result.firstEvent === 0) continue;
        const { tenant, at } = batch[index]!;
        const events = eventsOf(batch[index]!, result.appended);
        feed.committed(tenant, at, { first: result.firstEvent, events });
      }
      return results;
    },
  };
}
