import { join } from "node:path";
import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Engine } from "./engine.ts";
import { isPostgresUrl, shownUrl } from "./postgres/url.ts";
import { parseDatabaseUrl } from "./sqlite/url.ts";

/** What a person asks of the data while no node, or another one, has it open. */
export interface MaintenanceOptions {
  readonly databaseUrl: string;
  /** The same database for a role that may change tables. */
  readonly migrateUrl?: string | undefined;
  readonly registry: Registry;
  readonly clock: Clock;
  /** A line for the person who waits. */
  readonly say: (line: string) => void;
}

const FOLDER = join("data", "backups");

/**
 * Runs `backup [TARGET]`, `restore SOURCE`, `move --from sqlite:PATH --to postgres://...`, `migrate` or `schema`, as the tasks
 * of these names do.
 * @throws {RuntimeError} `invalid-config` for any other command; else what the command throws
 */
export async function maintain(
  command: string,
  operands: readonly string[],
  options: MaintenanceOptions,
): Promise<void> {
  if (command === "backup" && operands.length <= 1) return await backup(operands[0], options);
  if (command === "restore" && operands.length === 1) return await restore(operands[0]!, options);
  const move = command === "move" ? placesIn(operands) : undefined;
  if (move !== undefined) return await moveStore(move, options);
  if (command === "migrate" && operands.length === 0) return await migrateNow(options);
  if (command === "schema") return await printSchema(operands, options);
  throw new RuntimeError(
    "invalid-config",
    "The commands are: deno task start; deno task backup [TARGET]; deno task restore SOURCE; " +
      `deno task move --from sqlite:PATH --to postgres://...; deno task migrate; ${SCHEMA}; ` +
      "deno task token --tenant NAME --role ROLE",
  );
}

const SCHEMA = "deno task schema [--engine sqlite|postgres] [--roles]";

/** What a start would do to the tables, without one. */
async function migrateNow({ databaseUrl, migrateUrl = databaseUrl, registry, say }: MaintenanceOptions): Promise<void> {
  const names = isPostgresUrl(databaseUrl)
    ? await (await import("./postgres/migrate_database.ts"))
      .migrateDatabase({ databaseUrl: migrateUrl, node: "migrate" }, registry)
    : await (await import("./sqlite/migrate_file.ts")).migrateFile(fileOf(databaseUrl), registry);
  for (const name of names) say(`Migrated: ${name}`);
  say(names.length === 0 ? "There was nothing to migrate" : `The database has all that this program knows`);
}

async function printSchema(
  operands: readonly string[],
  { databaseUrl, registry, say }: MaintenanceOptions,
): Promise<void> {
  const { engine, roles } = schemaWanted(operands, databaseUrl);
  if (roles) return say((await import("./postgres/roles_script.ts")).rolesScript().trimEnd());
  const { schemaScript } = await import("./schema_script.ts");
  say((await schemaScript(engine, registry)).trimEnd());
}

function schemaWanted(operands: readonly string[], databaseUrl: string): { engine: Engine; roles: boolean } {
  const roles = operands.includes("--roles");
  const rest = operands.filter((operand) => operand !== "--roles");
  const engine = rest[0] === "--engine" ? rest[1] : rest[0]?.match(/^--engine=(.*)$/)?.[1];
  const used = rest.length === 0 ? 0 : rest[0] === "--engine" ? 2 : 1;
  const known = engine ?? (rest.length === 0 ? isPostgresUrl(databaseUrl) || roles ? "postgres" : "sqlite" : undefined);
  if (rest.length === used && (known === "postgres" || (known === "sqlite" && !roles))) return { engine: known, roles };
  throw new RuntimeError("invalid-config", `${SCHEMA}: there are roles on Postgres only`);
}

async function backup(target: string | undefined, { databaseUrl, ...options }: MaintenanceOptions): Promise<void> {
  const [{ backupDatabase }, { mib }] = await Promise.all([import("./sqlite/backup.ts"), import("./sqlite/copy.ts")]);
  const { clock, say } = options;
  const path = target ?? join(FOLDER, `mailroom-${fileInstant(clock.now())}.db`);
  const { bytes, tookMs, rows } = await backupDatabase(fileOf(databaseUrl), path, options);
  say(`Backed up into ${path}: ${mib(bytes)} in ${(tookMs / 1_000).toFixed(1)} s, read through and found whole`);
  say(counted(rows));
}

async function restore(source: string, { databaseUrl, ...options }: MaintenanceOptions): Promise<void> {
  const { restoreDatabase } = await import("./sqlite/restore.ts");
  const { clock, say } = options;
  const path = fileOf(databaseUrl);
  const { kept, rows } = await restoreDatabase(path, source, { ...options, instant: fileInstant(clock.now()) });
  say(`Restored ${path} from ${source}`);
  say(counted(rows));
  if (kept !== null) say(`What was there before is kept as ${kept}: remove it when you are sure`);
  say(
    "The database is what it was when the backup was made, and nothing later is known to it: event numbers go on from",
  );
  say("then, jobs that were finished since may run again, and a repeated Idempotency-Key of since then counts as new.");
  say("Outside effects of since then were made all the same. Nothing was started: deno task start");
}

interface Places {
  readonly from: string;
  readonly to: string;
}

/** Undefined where it is not said as it should be. */
function placesIn(operands: readonly string[]): Places | undefined {
  const said = new Map<string, string>();
  const words = operands.flatMap((word) =>
    /^--\w+=/.test(word) ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] : [word]
  );
  for (let nth = 0; nth < words.length; nth += 2) said.set(words[nth]!, words[nth + 1] ?? "");
  const [from, to] = [said.get("--from"), said.get("--to")];
  return said.size === 2 && from !== undefined && to !== undefined ? { from, to } : undefined;
}

async function moveStore({ from, to }: Places, { registry, clock, say }: MaintenanceOptions): Promise<void> {
  const { moveRows } = await import("./move/move.ts");
  if (!isPostgresUrl(to)) {
    throw new RuntimeError("invalid-config", "A database is moved from a file to Postgres: --to postgres://...");
  }
  const path = fileOf(from);
  const [{ openSqliteSource }, { openPostgresTarget }] = await Promise.all([
    import("./sqlite/move_source.ts"),
    import("./postgres/move_target.ts"),
  ]);
  using source = await openSqliteSource(path, registry);
  await using target = await openPostgresTarget(to, registry);
  const { rows, tookMs } = await moveRows(source, target, { clock, say });
  const count = Object.values(rows).reduce((sum, count) => sum + count, 0);
  say(
    `Moved ${path} to ${shownUrl(to)}: ${count} rows in ${
      (tookMs / 1_000).toFixed(1)
    } s, read on both sides and found alike`,
  );
  say(`The file is as it was, and nothing was started: DATABASE_URL=... deno task start goes on where it stopped`);
}

/** @throws {RuntimeError} `invalid-config` where the data are in no file */
function fileOf(databaseUrl: string): string {
  if (isPostgresUrl(databaseUrl)) {
    throw new RuntimeError(
      "invalid-config",
      "A Postgres is backed up and restored with its own programs: pg_dump and pg_restore, or what its provider has. " +
        "Stop all nodes before a restore",
    );
  }
  const { path } = parseDatabaseUrl(databaseUrl);
  if (path !== ":memory:") return path;
  throw new RuntimeError(
    "invalid-config",
    "A database in memory is gone when its server ends: set DATABASE_URL to a file",
  );
}

/** `2026-11-22T07-31-05Z`: a name on every file system, in the order of time. */
function fileInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-");
}

function counted(rows: Readonly<Record<string, number>>): string {
  return `Rows: ${Object.entries(rows).map(([table, count]) => `${table} ${count}`).join(", ")}`;
}
