import { join } from "node:path";
import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { parseDatabaseUrl } from "./sqlite/url.ts";

/** What a person asks of the data while no node, or another one, has it open. */
export interface MaintenanceOptions {
  readonly databaseUrl: string;
  readonly registry: Registry;
  readonly clock: Clock;
  /** A line for the person who waits. */
  readonly say: (line: string) => void;
}

const FOLDER = join("data", "backups");

/**
 * Runs `backup [TARGET]` or `restore SOURCE`, as the tasks of these names do.
 * @throws {RuntimeError} `invalid-config` for any other command; else what the command throws
 */
export async function maintain(
  command: string,
  operands: readonly string[],
  options: MaintenanceOptions,
): Promise<void> {
  if (command === "backup" && operands.length <= 1) return await backup(operands[0], options);
  if (command === "restore" && operands.length === 1) return await restore(operands[0]!, options);
  throw new RuntimeError(
    "invalid-config",
    "The commands are: deno task start; deno task backup [TARGET]; deno task restore SOURCE; " +
      "deno task token --tenant NAME --role ROLE",
  );
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

function fileOf(databaseUrl: string): string {
  const { path } = parseDatabaseUrl(databaseUrl);
  if (path !== ":memory:") return path;
  throw new RuntimeError("invalid-config", "A database in memory cannot be backed up: set DATABASE_URL to a file");
}

/** `2026-11-22T07-31-05Z`: a name on every file system, in the order of time. */
function fileInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-");
}

function counted(rows: Readonly<Record<string, number>>): string {
  return `Rows: ${Object.entries(rows).map(([table, count]) => `${table} ${count}`).join(", ")}`;
}
