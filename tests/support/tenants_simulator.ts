import type { Clock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { StoreEntry, StoreReads } from "../../runtime/store/contract.ts";
import { createTenantBook } from "../../runtime/tenant/book.ts";
import type { Tenants } from "../../runtime/tenant/contract.ts";
import type { RegisteredTenantRow } from "../../runtime/tenant/tables.ts";
import { createTenants } from "../../runtime/tenant/tenants.ts";

/** The registered tenants, whose rows are in memory. */
export function simulateTenants(
  { clock, failIfAsked }: { clock: Pick<Clock, "now">; failIfAsked: () => void },
): Tenants {
  const rows = new Map<string, RegisteredTenantRow>();
  const read = {
    point: ({ args }: { args: object }) => Promise.resolve(rows.get((args as { id: string }).id) ?? null),
    query({ args }: { args: string }) {
      const { after = "", limit } = JSON.parse(args) as { after?: string; limit: number };
      const page = [...rows.values()].filter(({ id }) => id > after).sort((a, b) => a.id < b.id ? -1 : 1);
      return Promise.resolve(JSON.stringify(page.slice(0, limit)));
    },
  } as Pick<StoreReads, "point" | "query">;
  const commit = async ({ writes }: StoreEntry) => {
    await Promise.resolve(failIfAsked());
    for (const write of writes) if (write.write === "row") apply(rows, write.row);
  };
  const none = { pending: { used: 0, limit: 1 }, running: { used: 0, limit: null }, events: { used: 0, limit: 1 } };
  const usage = () => Promise.resolve(none);
  return createTenants({ book: createTenantBook(read), read, commit, changed() {}, now: () => clock.now(), usage });
}

function apply(
  rows: Map<string, RegisteredTenantRow>,
  { write, args }: { readonly write: string; readonly args: object },
): void {
  const given = args as RegisteredTenantRow;
  const before = rows.get(given.id);
  if (write === "created") {
    if (before !== undefined) throw new RuntimeError("constraint", "There is one of this id");
    const made = { status: "active", revision: 0, updatedAt: given.createdAt, deletingAt: null, lastRows: null };
    rows.set(given.id, { ...given, ...made });
    return;
  }
  if (before?.revision !== given.revision) throw new RuntimeError("conflict", "It is another by now");
  rows.set(given.id, { ...before, ...given, revision: given.revision + 1 });
}
