import type { StoreReads } from "../store/contract.ts";
import type { TenantFiles } from "../tenant/contract.ts";
import { type GoneTenantRow, tenantTables } from "../tenant/tables.ts";

/** Rows of one read. */
const AT_ONCE = 500;

/**
 * Removes what this node, while it was away, has kept of tenants that are no more. Whoever has come since under the id of one
 * keeps what was written from then on.
 */
export async function removeLeftFiles(
  files: Pick<TenantFiles, "remove">,
  { read, signal }: { readonly read: Pick<StoreReads, "query">; readonly signal: AbortSignal },
): Promise<void> {
  const { name: tables, queries: { gone } } = tenantTables;
  for (let after: string | undefined = "";;) {
    const args: string = JSON.stringify({ after, limit: AT_ONCE });
    const rows: readonly GoneTenantRow[] = JSON.parse(
      await read.query({ tenant: "system", tables, query: gone.name, args }),
    );
    for (const { id, goneAt } of rows) {
      signal.throwIfAborted();
      await files.remove(id, { before: goneAt });
    }
    after = rows.at(-1)?.id;
    if (after === undefined || rows.length < AT_ONCE) return;
  }
}
