import type { Kysely } from "kysely";
import { findQuery, type Registry } from "../../actor/registry.ts";
import { parseWith } from "../../actor/schema.ts";
import { RuntimeError } from "../../core/errors.ts";

/** A declared query by its name; `args` is JSON text. */
export interface QueryCall {
  readonly tenant: string;
  readonly tables: string;
  readonly query: string;
  readonly args: string;
}

/**
 * Runs a declared query and answers JSON text. The tenant is the call's, whatever the arguments say.
 * @throws {RuntimeError} `unknown-query`, or `invalid-message` when the arguments do not fit
 */
export async function runBoundQuery(
  { db, registry }: { db: Kysely<unknown>; registry: Registry },
  { tenant, tables, query, args }: QueryCall,
): Promise<string> {
  const bound = findQuery(registry, tables, query);
  if (bound === undefined) throw new RuntimeError("unknown-query", `No table set declares a query ${tables}.${query}`);
  const checked = parseWith(bound.schema, JSON.parse(args), `The arguments of ${tables}.${query}`) as object;
  return JSON.stringify(await bound.run(db, { ...checked, tenant })) ?? "null";
}
