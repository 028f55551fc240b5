import type { Clock } from "../core/clock.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import { createTenantBook, type TenantBook } from "../tenant/book.ts";
import type { TenantFiles, Tenants, TenantUsage } from "../tenant/contract.ts";
import { createTenants } from "../tenant/tenants.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { KeptRows } from "./contract.ts";
import type { SystemOptions } from "./options.ts";
import { removeLeftFiles } from "./left_files.ts";
import { createRemoving, type Removing, type RemovingParts } from "./removing.ts";

/** The rows of tenants belong to the installation. */
const OWNER = "system";
/** Whoever has not heard of a change finds it after this, at a look that would be made anyway. */
const REFRESH_MS = 15_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** What registered tenants are entitled to, and what this node's parts ask about that. */
export interface Tenancy {
  /** For the dispatcher, and for the store where nodes share it. */
  readonly shares: {
    readonly weightOf: (tenant: string) => number;
    readonly tenantLimitOf: (tenant: string) => number;
    readonly held: ReadonlySet<string>;
  };
  readonly statusOf: TenantBook["statusOf"];
  /** Hosts that addresses of its users may be on; null: any. */
  readonly hostsOf: (tenant: string) => readonly string[] | null;
  /** Of those for whom a number of their own is said. */
  readonly eventsKept: () => ReadonlyMap<string, number>;
  /** The same of rows, in ms, by the period that tables name for their sweeps. */
  readonly keptMs: (period: string) => ReadonlyMap<string, number>;
  /** To be called once. */
  tenants(parts: TenancyParts): Tenants;
  /** Reads them; before anything is delivered. */
  start(): Promise<void>;
  stop(): void;
}

export interface TenancyParts extends Omit<RemovingParts, "book" | "commit" | "gone" | "clock" | "busy"> {
  /** What people decide. @throws {RuntimeError} why it is refused, or why commands are not taken now */
  readonly commit: (entry: StoreEntry) => Promise<void>;
  readonly clear: RemovingParts["commit"];
  readonly keptRows: KeptRows;
  readonly dispatcher: Pick<Dispatcher, "busy" | "forget" | "letGo">;
  readonly runsTurns: boolean;
  /** What is kept in memory of a tenant that is no more is looked at anew. */
  readonly recount: () => Promise<void>;
  readonly pendingOf: (tenant: string) => number;
  /** There may be ticks that were held back. */
  readonly expectTicks: () => void;
}

export function createTenancy(
  { read, clock, tenantLimit = Infinity, weightOf = () => 1, eventsKept, tenantPendingLimit }:
    & Pick<SystemOptions, "clock" | "tenantLimit" | "weightOf" | "eventsKept" | "tenantPendingLimit">
    & { readonly read: StoreReads; readonly clock: Clock },
): Tenancy {
  const book = createTenantBook(read);
  let removing: Removing | undefined;
  let files: Pick<TenantFiles, "remove"> | undefined;
  const stopping = new AbortController();
  return {
    shares: {
      weightOf: (tenant) => book.settingsOf(tenant).weight ?? weightOf(tenant),
      tenantLimitOf: (tenant) => book.settingsOf(tenant).concurrency ?? tenantLimit,
      held: book.held,
    },
    statusOf: book.statusOf,
    hostsOf: (tenant) => book.settingsOf(tenant).webhookHosts,
    eventsKept() {
      const kept = new Map<string, number>();
      for (const { id, settings } of book.all()) if (settings.eventsKept !== null) kept.set(id, settings.eventsKept);
      return kept;
    },
    keptMs(period) {
      const kept = new Map<string, number>();
      if (period !== "jobs") return kept;
      for (const { id, settings: { jobsKeptDays } } of book.all()) {
        if (jobsKeptDays !== null) kept.set(id, jobsKeptDays * DAY_MS);
      }
      return kept;
    },
    tenants(parts) {
      const { keptRows, dispatcher } = parts;
      files = parts.files;
      let lookedAt = clock.monotonic();
      const refresh = () => {
        lookedAt = clock.monotonic();
        // What the store cannot say now is asked for again.
        book.refresh().catch(() => lookedAt = -Infinity);
      };
      keptRows.watch((tenant) => {
        if (tenant === OWNER || (tenant === null && clock.monotonic() - lookedAt >= REFRESH_MS)) refresh();
      });
      const changed = () => keptRows.changed(OWNER);
      removing = createRemoving({
        ...parts,
        book,
        clock,
        busy: () => dispatcher.busy(),
        commit: parts.clear,
        async gone(tenant) {
          book.drop(tenant);
          changed();
          keptRows.changed(tenant);
          await parts.recount();
        },
      });
      book.watch((tenant) => {
        if (book.find(tenant) === null) {
          dispatcher.forget(tenant);
          // Another node may have removed it; files that cannot be removed now go when they are old.
          parts.files?.remove(tenant).catch(() => {});
          parts.recount().catch(() => {});
        }
        if (parts.runsTurns) dispatcher.letGo(tenant);
        parts.expectTicks();
        removing!.look();
      });
      const usage = async (id: string): Promise<TenantUsage> => {
        const { concurrency, eventsKept: own } = book.settingsOf(id);
        const { last, trimmedTo } = await read.logMark(id);
        const running = dispatcher.busy().filter((address) => address.startsWith(`${id}/`)).length;
        const most = concurrency ?? tenantLimit;
        return {
          pending: { used: parts.pendingOf(id), limit: tenantPendingLimit },
          running: { used: running, limit: Number.isFinite(most) ? most : null },
          events: { used: last - trimmedTo, limit: own ?? eventsKept },
        };
      };
      return createTenants({ book, read, commit: parts.commit, changed, now: () => clock.now(), usage });
    },
    stop() {
      removing?.stop();
      stopping.abort();
    },
    async start() {
      await book.refresh();
      // What the disk or the store refuses is tried again by the next life.
      if (files !== undefined) removeLeftFiles(files, { read, signal: stopping.signal }).catch(() => {});
    },
  };
}
