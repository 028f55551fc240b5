import type { StoreReads } from "../store/contract.ts";
import type { Tenant, TenantSights, TenantStatus } from "./contract.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { type RegisteredTenantRow, tenantTables } from "./tables.ts";

/** Rows of one read. */
const AT_ONCE = 500;

/** What this node knows of the registered tenants, all of them: asked about on every turn and every request. */
export interface TenantBook extends TenantSights {
  /** The row as it is now; older ones than what is known change nothing. */
  put(row: RegisteredTenantRow): Tenant;
  drop(id: string): void;
  all(): Iterable<Tenant>;
  /** Reads all of them; what is committed here meanwhile is newer. */
  refresh(): Promise<void>;
}

export function createTenantBook(read: Pick<StoreReads, "query">): TenantBook {
  const known = new Map<string, { readonly revision: number; readonly tenant: Tenant }>();
  const held = new Set<string>();
  const watchers = new Set<(id: string) => void>();
  /** Of each refresh that is under way, what has changed here meanwhile: what it reads of that may be older. */
  const refreshes = new Set<Set<string>>();
  const tell = (id: string) => {
    for (const watcher of watchers) watcher(id);
  };
  const keep = (row: RegisteredTenantRow): void => {
    const before = known.get(row.id);
    if (before !== undefined && before.revision >= row.revision && before.tenant.createdAt === row.createdAt) return;
    const tenant = tenantOf(row);
    known.set(row.id, { revision: row.revision, tenant });
    if (tenant.status === "active") held.delete(row.id);
    else held.add(row.id);
    tell(row.id);
  };
  const lose = (id: string): void => {
    held.delete(id);
    if (known.delete(id)) tell(id);
  };
  const changedHere = (id: string) => {
    for (const meanwhile of refreshes) meanwhile.add(id);
  };
  return {
    find: (id) => known.get(id)?.tenant ?? null,
    statusOf: (id): TenantStatus => held.has(id) ? known.get(id)!.tenant.status : "active",
    settingsOf: (id) => known.get(id)?.tenant.settings ?? DEFAULT_SETTINGS,
    held,
    all: () => known.values().map(({ tenant }) => tenant),
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    put(row) {
      changedHere(row.id);
      keep(row);
      return tenantOf(row);
    },
    drop(id) {
      changedHere(id);
      lose(id);
    },
    async refresh() {
      const meanwhile = new Set<string>();
      refreshes.add(meanwhile);
      try {
        const found = new Set<string>();
        for (let after: string | undefined = "";;) {
          const rows: readonly RegisteredTenantRow[] = await pageOf(read, after);
          for (const row of rows) {
            found.add(row.id);
            if (!meanwhile.has(row.id)) keep(row);
          }
          after = rows.at(-1)?.id;
          if (after === undefined || rows.length < AT_ONCE) break;
        }
        for (const id of [...known.keys()]) if (!found.has(id) && !meanwhile.has(id)) lose(id);
      } finally {
        refreshes.delete(meanwhile);
      }
    },
  };
}

export function tenantOf({ revision: _, ...row }: RegisteredTenantRow): Tenant {
  const settings = { ...DEFAULT_SETTINGS, ...JSON.parse(row.settings) };
  return { ...row, status: row.status as TenantStatus, settings, lastRows: JSON.parse(row.lastRows ?? "[]") };
}

async function pageOf(read: Pick<StoreReads, "query">, after: string): Promise<readonly RegisteredTenantRow[]> {
  const { name: tables, queries: { page } } = tenantTables;
  const args = JSON.stringify({ after, limit: AT_ONCE });
  return JSON.parse(await read.query({ tenant: "system", tables, query: page.name, args }));
}
