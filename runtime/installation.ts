import { accessTables } from "./access/tables.ts";
import type { AnyKind } from "./actor/kind.ts";
import { createRegistry as createBareRegistry, type Registry } from "./actor/registry.ts";
import type { Tables } from "./actor/tables.ts";
import { batchTables } from "./batch/tables.ts";
import { scheduleTables } from "./schedule/tables.ts";
import { tenantTables } from "./tenant/tables.ts";
import { subscriptionTables } from "./subscription/tables.ts";
import { limitTables } from "./upstream/limit_tables.ts";

/** The tables that every installation has, whatever its kinds are: one line for each part of the runtime that keeps rows. */
export const installationTables: readonly Tables[] = [
  ...accessTables,
  batchTables,
  scheduleTables,
  tenantTables,
  subscriptionTables,
  limitTables,
];

/**
 * The registry of these kinds, with the tables that every installation has.
 * @throws {TypeError} when two kinds or two table sets share a name
 */
export function createRegistry(kinds: readonly AnyKind[]): Registry {
  return createBareRegistry(kinds, installationTables);
}
