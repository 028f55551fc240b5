import type { EventDraft } from "../actor/journal.ts";
import { type EntryResult, eventsOf, type Store, type StoreEntry } from "../store/contract.ts";
import type { Feed } from "./feed.ts";

/** Told of a commit that may change what can be read of a tenant; null: of any of them. */
export type CommitWatcher = (tenant: string | null) => void;

/** Those who are told of commits, in the order in which they came. */
export interface CommitWatchers {
  readonly tell: CommitWatcher;
  /** The answer ends the telling. */
  readonly watch: (watcher: CommitWatcher) => () => void;
}

export function createCommitWatchers(): CommitWatchers {
  const watchers = new Set<CommitWatcher>();
  return {
    tell(tenant) {
      for (const watcher of watchers) watcher(tenant);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** Those who are told of commits that write rows, by the name of the tables. */
export interface RowWatchers {
  readonly tell: (tables: string, tenant: string) => void;
  readonly tellAll: CommitWatcher;
  /** The answer ends the telling. */
  readonly watch: (tables: string, watcher: CommitWatcher) => () => void;
}

export function createRowWatchers(): RowWatchers {
  const byTables = new Map<string, CommitWatchers>();
  return {
    tell: (tables, tenant) => byTables.get(tables)?.tell(tenant),
    tellAll(tenant) {
      for (const { tell } of byTables.values()) tell(tenant);
    },
    watch(tables, watcher) {
      const watchers = byTables.get(tables) ?? createCommitWatchers();
      byTables.set(tables, watchers);
      return watchers.watch(watcher);
    },
  };
}

/** Told of the events of a commit, in commit order: numbered from `first` on. */
export type EventWatcher = (tenant: string, first: number, events: () => readonly EventDraft[]) => void;

/**
 * The store, with every commit told to the watcher, its rows to `wrote` and its events to the feed and to `told` before the
 * committer's promise resolves. The other nodes of a shared store are hinted at the tenants that have events.
 */
export function publishing(
  store: Store,
  feed: Feed,
  { watcher, wrote, told }: {
    readonly watcher: CommitWatcher;
    readonly wrote: RowWatchers["tell"];
    readonly told: EventWatcher;
  },
): Store {
  const published = (write: Store["write"]): Store["write"] => async (batch) => {
    const results = await write(batch);
    const withEvents = new Set<string>();
    results.forEach((result, index) => {
      if (result.status !== "committed") return;
      const entry = batch[index]!;
      if (changesSomething(entry, result)) watcher(entry.tenant === EVERYWHERE ? null : entry.tenant);
      for (const write of entry.writes) if (write.write === "row") wrote(write.row.tables, entry.tenant);
      for (const { tables } of entry.rows ?? []) wrote(tables, entry.tenant);
      if (result.firstEvent === 0) return;
      if (store.shared !== undefined) withEvents.add(entry.tenant);
      told(entry.tenant, result.firstEvent, () => eventsOf(entry, result.appended));
      if (!feed.isFollowed(entry.tenant)) return;
      feed.committed(entry.tenant, entry.at, { first: result.firstEvent, events: eventsOf(entry, result.appended) });
    });
    if (withEvents.size > 0) store.shared!.hint({ tenants: [...withEvents] });
    return results;
  };
  return {
    ownership: store.ownership,
    read: store.read,
    get room() {
      return store.room ?? "ample";
    },
    ...store.shared === undefined ? {} : { shared: store.shared },
    close: () => store.close(),
    write: published((batch) => store.write(batch)),
    ...store.writeNext === undefined ? {} : { writeNext: published((batch) => store.writeNext!(batch)) },
  };
}

/** The tenant whose entries reach those of all others. */
const EVERYWHERE = "system";

/** Retention looks every few seconds, and mostly there is nothing to remove. */
function changesSomething({ writes }: StoreEntry, { swept }: EntryResult & { status: "committed" }): boolean {
  return swept !== 0 && writes.length > 0;
}
