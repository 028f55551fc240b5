import type { Registry } from "../../actor/registry.ts";
import { RuntimeError } from "../../core/errors.ts";
import { migrate } from "../migrate.ts";
import { openClient } from "./connection.ts";
import { kyselyOver, poolOfOne } from "./dialect.ts";
import { mustBeUtf8 } from "./encoding.ts";
import { sqlState } from "./faults.ts";
import { startFault } from "./start_fault.ts";

/** "insufficient_privilege" */
const MAY_NOT = "42501";

/**
 * Brings a database to what this program knows, over a connection of its own; answers the names of what was run.
 * @throws {RuntimeError} `invalid-config` where the role may not do that or the database cannot keep every text, `storage-newer`, `storage-unavailable`
 */
export async function migrateDatabase(
  { connectTimeoutMs, ...at }: {
    readonly databaseUrl: string;
    readonly node: string;
    /** How long a server that is silent is waited for; 30 s by default. */
    readonly connectTimeoutMs?: number;
  },
  registry: Registry,
): Promise<readonly string[]> {
  try {
    const client = await openClient({
      ...at,
      purpose: "migration",
      ...(connectTimeoutMs === undefined ? {} : { limits: { connect: connectTimeoutMs } }),
    });
    try {
      await mustBeUtf8(client);
      return await migrate(kyselyOver(poolOfOne(client)), registry);
    } finally {
      await client.end();
    }
  } catch (thrown) {
    if (sqlState(thrown) !== MAY_NOT) throw startFault(thrown) ?? thrown;
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new RuntimeError(
      "invalid-config",
      `The database has to be migrated, which its role may not do (${said}): ` +
        "set DATABASE_MIGRATE_URL to the role that has made its tables, for this program or for deno task migrate",
      { cause: thrown },
    );
  }
}
