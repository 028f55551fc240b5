import type { CompiledQuery, Kysely, LogEvent } from "kysely";
import { Migrator } from "kysely/migration";
import type { Registry } from "../actor/registry.ts";
import type { Engine } from "./engine.ts";
import { allMigrations } from "./migrate.ts";
import { postgresCompiler } from "./postgres/dialect.ts";
import { sqliteCompiler } from "./sqlite/dialect.ts";

/**
 * What all migrations do to an empty database, as SQL text for one transaction: run into one, it leaves what the program makes
 * when it migrates one, and the program finds nothing left to do there. It is the same text for the same program.
 * @throws whatever a migration throws
 */
export async function schemaScript(engine: Engine, registry: Registry): Promise<string> {
  const statements: string[] = [];
  const log = ({ query: { sql, parameters } }: LogEvent) => {
    if (!READS.test(sql)) statements.push(`${written(sql, parameters)};`);
  };
  const db: Kysely<unknown> = engine === "sqlite" ? sqliteCompiler({ log }) : postgresCompiler({ log });
  const provider = { getMigrations: () => Promise.resolve(allMigrations(registry)) };
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest();
  if (error !== undefined) throw error;
  return ["begin;", ...statements, "commit;", ""].join("\n");
}

/** Of an empty database they find nothing. */
const READS = /^\s*(select|with|pragma)\b/i;
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
/** Instead of when a migration was run. */
const NO_INSTANT = "1970-01-01T00:00:00.000Z";

/** With the values in their places, which are few and the program's own. */
function written(sql: string, values: CompiledQuery["parameters"]): string {
  if (values.length === 0) return sql.trim();
  let next = 0;
  return sql.replaceAll(
    /\?|\$(\d+)/g,
    (_, number?: string) => literal(values[number === undefined ? next++ : Number(number) - 1]),
  );
}

function literal(value: unknown): string {
  if (value === null || typeof value === "number") return String(value);
  const text = String(value);
  return `'${(INSTANT.test(text) ? NO_INSTANT : text).replaceAll("'", "''")}'`;
}
