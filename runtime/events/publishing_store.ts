import { eventsOf, type Store } from "../store/contract.ts";
import type { Feed } from "./feed.ts";

/** The store, with every committed event that someone follows told to the feed before the committer's promise resolves. */
export function publishing(store: Store, feed: Feed): Store {
  const published = (write: Store["write"]): Store["write"] => async (batch) => {
    const results = await write(batch);
    results.forEach((result, index) => {
      if (result.status !== "committed" || result.firstEvent === 0) return;
      const { tenant, at } = batch[index]!;
      if (!feed.isFollowed(tenant)) return;
      feed.committed(tenant, at, { first: result.firstEvent, events: eventsOf(batch[index]!, result.appended) });
    });
    return results;
  };
  return {
    ownership: store.ownership,
    read: store.read,
    get room() {
      return store.room ?? "ample";
    },
    close: () => store.close(),
    write: published((batch) => store.write(batch)),
    ...store.writeNext === undefined ? {} : { writeNext: published((batch) => store.writeNext!(batch)) },
  };
}
