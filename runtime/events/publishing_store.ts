import { eventsOf, type Store } from "../store/contract.ts";
import type { Feed } from "./feed.ts";

/** The store, with every committed event that someone follows told to the feed before the committer's promise resolves. */
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
      results.forEach((result, index) => {
        if (result.status !== "committed" || result.firstEvent === 0) return;
        const { tenant, at } = batch[index]!;
        if (!feed.isFollowed(tenant)) return;
        feed.committed(tenant, at, { first: result.firstEvent, events: eventsOf(batch[index]!, result.appended) });
      });
      return results;
    },
  };
}
