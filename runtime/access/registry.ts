import type { AnyKind } from "../actor/kind.ts";
import { createRegistry as createBareRegistry, type Registry } from "../actor/registry.ts";
import { accessTables } from "./tables.ts";

/**
 * The registry of these kinds, with the tables that every installation has.
 * @throws {TypeError} when two kinds or two table sets share a name
 */
export function createRegistry(kinds: readonly AnyKind[]): Registry {
  return createBareRegistry(kinds, accessTables);
}
