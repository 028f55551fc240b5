import { type Address, parseAddress } from "../actor/address.ts";
import { type Clock, sleep } from "../core/clock.ts";
import { deserializeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, StoreEntry, Write } from "../store/contract.ts";
import type { TenantBook } from "../tenant/book.ts";
import type { TenantFiles } from "../tenant/contract.ts";
import { tenantTables } from "../tenant/tables.ts";

/** Turns may end by themselves for so long, */
const DRAIN_MS = 10_000;
/** and so much longer once they are told to. */
const CANCEL_MS = 5_000;
const LOOK_MS = 50;
/** After a failure, or while another node leads. */
const RETRY_MS = 5_000;
const SLICE_ROWS = 500;
/** After a slice the others get the writer for as long as it took. */
const REST = 1;

/** Removes tenants that are to go. */
export interface Removing {
  /** Begins with those that are to go and are not in hand yet. */
  look(): void;
  stop(): void;
}

export interface RemovingParts {
  readonly book: Pick<TenantBook, "held" | "find">;
  /** Addresses of the actors whose turns run here. */
  readonly busy: () => readonly string[];
  readonly cancel: (address: Address) => Promise<unknown>;
  /** As clearing: it is not turned away when the storage is short of room. */
  readonly commit: (entry: StoreEntry) => Promise<EntryResult>;
  /** Turns of other nodes cannot be seen here: they get all the time that they may take. */
  readonly isShared: boolean;
  readonly leads: () => boolean;
  /** Of this node; other nodes remove theirs when they hear that the tenant is no more. */
  readonly files?: Pick<TenantFiles, "remove"> | undefined;
  /** Nothing is left of the tenant: resolves when nothing in memory is left of it either. */
  readonly gone: (tenant: string) => Promise<void>;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/**
 * What its row says is the wish, so whatever node dies, another one, or its next life, goes on.
 *
 *   deleting ──its turns here end, or are cancelled after 10 s──► drained ──the node leads──► erasing ──nothing is left──► gone
 *
 * Erasing is a number of commits of 500 rows each, of any of the tenant's tables, then the removal of its files. The last commit takes the tenant's own row with it,
 * and leaves in `system` the rows that tell of it; of several nodes that come so far one finds the row there.
 */
export function createRemoving(parts: RemovingParts): Removing {
  const { book, busy, cancel, clock, diagnostics, isShared, leads } = parts;
  const inHand = new Set<string>();
  const stopping = new AbortController();
  const now = () => clock.now();
  const rest = (ms: number) => sleep(clock, ms, stopping.signal);
  const isToGo = (id: string) => book.find(id)?.status === "deleting";

  const drain = async (id: string): Promise<void> => {
    const since = book.find(id)?.deletingAt ?? now();
    const running = () => busy().filter((address) => address.startsWith(`${id}/`));
    let isTold = false;
    while (isShared || running().length > 0) {
      const forMs = now() - since;
      if (forMs >= DRAIN_MS + CANCEL_MS) return;
      if (forMs >= DRAIN_MS && !isTold) {
        isTold = true;
        await Promise.allSettled(running().map((address) => cancel(parseAddress(address))));
      }
      await rest(LOOK_MS);
    }
  };

  const commit = async (writes: readonly Write[], rest: Partial<StoreEntry> = {}): Promise<number> => {
    const result = await parts.commit({ tenant: "system", at: now(), writes, ...rest });
    if (result.status === "refused") throw deserializeError(result.error);
    return result.status === "committed" ? result.swept ?? 0 : 0;
  };

  const erase = async (id: string): Promise<void> => {
    const slice = { write: "erase", tenant: id, limit: SLICE_ROWS } as const;
    let rows = 0;
    for (let swept = 1; swept > 0; rows += swept) {
      const begunAt = clock.monotonic();
      swept = await commit([slice]);
      await rest((clock.monotonic() - begunAt) * REST);
    }
    // Before the last commit, after which nobody would know that there are any.
    await parts.files?.remove(id);
    const row = { tables: tenantTables.name, write: tenantTables.writes.gone.name, args: { id } };
    const left = { tables: tenantTables.name, write: tenantTables.writes.left.name, args: { id, goneAt: now() } };
    await commit([slice, { write: "row", row }, { write: "row", row: left }], {
      rows: book.find(id)?.lastRows ?? [],
      events: [{ type: "tenant.deleted", subject: `tenant/${id}`, data: JSON.stringify({ tenant: id, rows }) }],
    });
    await parts.gone(id);
    diagnostics.tell({ event: "tenant.deleted", tenant: id, rows });
  };

  const remove = async (id: string): Promise<void> => {
    while (isToGo(id) && !stopping.signal.aborted) {
      try {
        await drain(id);
        if (leads()) await erase(id);
      } catch {
        // The storage is away, or another node was faster: what the row says then decides.
      }
      if (isToGo(id)) await rest(RETRY_MS);
    }
  };

  return {
    look() {
      for (const id of book.held) {
        if (!isToGo(id) || inHand.has(id) || stopping.signal.aborted) continue;
        inHand.add(id);
        remove(id).catch(() => {}).finally(() => inHand.delete(id));
      }
    },
    stop: () => stopping.abort(),
  };
}
