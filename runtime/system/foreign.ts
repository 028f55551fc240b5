import type { Clock } from "../core/clock.ts";
import {
  type CommitWatcher,
  createCommitWatchers,
  createRowWatchers,
  type RowWatchers,
} from "../events/publishing_store.ts";
import type { Feed } from "../events/feed.ts";
import type { Hint, SharedStore } from "../store/contract.ts";
import type { System } from "./contract.ts";
import type { Subscribing } from "./subscribing.ts";

/** What other nodes do, told to those here who keep something of it in memory. */
export interface Foreign {
  /** Told of this node's commits, and of the rows that they write. */
  readonly published: { readonly watcher: CommitWatcher; readonly wrote: RowWatchers["tell"] };
  readonly watched: Pick<System, "watchCommits" | "watchRows" | "keptRows">;
  heard(hint: Hint): void;
  /** Without any hint; about once a second. */
  look(): Promise<void>;
}

/** Whoever has not heard of a change to a key, a session or another kept row looks at it anew after this. */
const ROWS_MS = 5_000;

/**
 * Four things are kept in memory over others' commits, each right after a hint, and without one so long at most:
 * the newest events of followed tenants, until the next look; answers that are given again, likewise; who a credential
 * belongs to and what they read, for 5 s and a look; answers made of certain rows, likewise. While the store is away what is
 * kept stays as it is.
 */
export function createForeign(
  { feed, shared, clock, subscribing }: {
    readonly feed: Feed;
    readonly shared: Pick<SharedStore, "hint"> | undefined;
    readonly clock: Clock;
    readonly subscribing: Pick<Subscribing, "news" | "refresh">;
  },
): Foreign {
  const watchers = createCommitWatchers();
  const rowWatchers = createCommitWatchers();
  const tables = createRowWatchers();
  let rowsLookedAt = clock.monotonic();
  return {
    published: { watcher: watchers.tell, wrote: tables.tell },
    watched: {
      watchCommits: watchers.watch,
      watchRows: tables.watch,
      keptRows: {
        changed: (tenant) => shared?.hint({ rows: [tenant] }),
        watch: rowWatchers.watch,
      },
    },
    heard({ all = false, tenants = [], rows = [] }) {
      // The events are found by the look that follows.
      if (all) {
        rowWatchers.tell(null);
        tables.tellAll(null);
      }
      for (const tenant of tenants) {
        watchers.tell(tenant);
        tables.tellAll(tenant);
        feed.news(tenant);
        subscribing.news(tenant);
      }
      for (const tenant of rows) {
        watchers.tell(tenant);
        rowWatchers.tell(tenant);
      }
    },
    async look() {
      watchers.tell(null);
      if (clock.monotonic() - rowsLookedAt >= ROWS_MS) {
        rowsLookedAt = clock.monotonic();
        rowWatchers.tell(null);
        tables.tellAll(null);
      }
      subscribing.refresh();
      await feed.poll();
    },
  };
}
