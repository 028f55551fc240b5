import { createRows, type DeclaredTypes } from "./declared.ts";
import { createFollowers, type Followers } from "./followers.ts";
import type { SubscriptionPorts } from "./ports.ts";
import type { SubscriptionRow } from "./row_types.ts";
import { isOfKind } from "./rows.ts";
import { subscriptionTables } from "./tables.ts";
import type { BeginLooks, TenantLooks } from "./tenant_looks.ts";

const ROWS_AT_ONCE = 1_000;

/** One tenant that has subscriptions, or may have. */
export interface Tenant {
  readonly followers: Followers;
  readonly looks: TenantLooks;
  /** Its rows are to be read. */
  isStale: boolean;
  /** Number of the newest event that this node has committed. */
  last: number;
  /** Up to which nobody wanted anything, at its latest look. */
  clearTo: number;
}

/** What a node knows of the tenants that have subscriptions, as their rows say. */
export interface Tenants {
  readonly all: ReadonlyMap<string, Tenant>;
  /** As it is known, or a new one: whose rows are to be read, unless somebody does that now. */
  of(name: string, how?: { readonly isStale: boolean }): Tenant;
  /** One of its rows, as it was read; of a kind that declares nothing (any more) it says nothing. */
  put(row: SubscriptionRow): void;
  /** Reads its rows where that is to be done, and makes those that kinds declare and that it does not have. */
  readRows(tenant: Tenant): Promise<void>;
  /** Those of `before` that were not found are gone. */
  dropOthers(tenant: Tenant, before: readonly string[], found: ReadonlySet<string>): void;
  forget(tenant: Tenant): void;
  forgetAll(): void;
}

export function createTenants(
  { ports, declared, beginLooks, look }: {
    readonly ports: SubscriptionPorts;
    readonly declared: DeclaredTypes;
    readonly beginLooks: BeginLooks;
    readonly look: (tenant: Tenant) => Promise<number | null>;
  },
): Tenants {
  const all = new Map<string, Tenant>();
  const of: Tenants["of"] = (name, { isStale } = { isStale: true }) => {
    const known = all.get(name);
    if (known !== undefined) return known;
    const looks = beginLooks(() => look(tenant));
    const tenant: Tenant = { followers: createFollowers(name), looks, isStale, last: 0, clearTo: 0 };
    all.set(name, tenant);
    return tenant;
  };
  const put = (row: SubscriptionRow, tenant = of(row.tenant, { isStale: false })) => {
    const types = isOfKind(row) ? declared.get(row.id)?.subscribes : JSON.parse(row.eventTypes) as readonly string[];
    if (types !== undefined) tenant.followers.put(row, types);
  };
  const dropOthers: Tenants["dropOthers"] = ({ followers }, before, found) => {
    for (const id of before) if (!found.has(id)) followers.drop(id);
  };
  const reread = async (tenant: Tenant) => {
    const { followers } = tenant;
    // What changes meanwhile is read again.
    tenant.isStale = false;
    try {
      const before = [...followers.all.keys()];
      const { page } = subscriptionTables.queries;
      const rows = await ports.read(followers.tenant, page, { limit: ROWS_AT_ONCE });
      for (const row of rows) put(row, tenant);
      dropOthers(tenant, before, new Set(rows.map(({ id }) => id)));
    } catch (thrown) {
      tenant.isStale = true;
      throw thrown;
    }
  };
  return {
    all,
    of,
    put: (row) => put(row),
    async readRows(tenant) {
      if (tenant.isStale) await reread(tenant);
      const missing = [...declared].filter(([id]) => !tenant.followers.all.has(id));
      if (missing.length === 0) return;
      const kinds = missing.map(([, kind]) => kind);
      const rows = await createRows(ports, { tenant: tenant.followers.tenant, cursor: 0, kinds });
      for (const row of rows) put(row, tenant);
    },
    dropOthers,
    forget(tenant) {
      const { followers: { tenant: name }, looks } = tenant;
      looks.stop();
      if (all.get(name) === tenant) all.delete(name);
    },
    forgetAll() {
      for (const { looks } of all.values()) looks.stop();
      all.clear();
    },
  };
}
