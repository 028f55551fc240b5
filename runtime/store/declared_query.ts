import { findQuery, type Registry } from "../actor/registry.ts";
import { parseWith } from "../actor/schema.ts";
import type { BoundQuery } from "../actor/tables.ts";
import { RuntimeError } from "../core/errors.ts";

/** A declared query by its name. */
export interface QueryCall<Args = string> {
  readonly tenant: string;
  readonly tables: string;
  readonly query: string;
  /** JSON text where the call travels. */
  readonly args: Args;
}

/**
 * The query, with the arguments that it is to be given. The tenant is the call's, whatever the arguments say.
 * @throws {RuntimeError} `unknown-query`, or `invalid-message` when the arguments do not fit
 */
export function declaredQuery(
  registry: Registry,
  { tenant, tables, query, args }: QueryCall<object>,
): { readonly bound: BoundQuery; readonly given: object & { readonly tenant: string } } {
  const bound = findQuery(registry, tables, query);
  if (bound === undefined) {
    throw new RuntimeError("unknown-query", `No table set declares a query ${tables}.${query}`);
  }
  const checked = parseWith(bound.schema, args, `The arguments of ${tables}.${query}`) as object;
  return { bound, given: { ...checked, tenant } };
}
