import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Migrator } from "kysely/migration";
import type { Registry } from "../../runtime/authoring.ts";
import { allMigrations, migrate } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import type { VictimArguments } from "./migration_victim.ts";

/** What the rounds found; `between` and `stuck` must be 0. */
export interface MigrationReport {
  /** Files that were migrated: one that ends before each migration. */
  readonly steps: number;
  readonly kills: number;
  /** Of them: how often the file was the old one afterwards, and how often the new one. */
  readonly old: number;
  readonly new: number;
  /** Neither old nor new, or rows of the old one are missing, or SQLite finds it damaged. */
  readonly between: number;
  /** The next opening did not bring it to the new schema. */
  readonly stuck: number;
  /** Points that a victim did not reach, as its calls vary a little. */
  readonly missed: number;
}

export interface MigrationOptions {
  /** For each file: before so many statements, and, where `strace` is there, at so many writes and syncs. */
  readonly kills: number;
  /** Only files that end before one of these. */
  readonly only?: readonly string[];
  /** The module with the registry; the product's by default. */
  readonly registryUrl?: string;
  readonly log?: (line: string) => void;
}

const PRODUCT = new URL("../../actors/mod.ts", import.meta.url).href;
const VICTIM = new URL("./migration_victim.ts", import.meta.url).href;
const CALLS = "pwrite64,fsync,fdatasync,ftruncate";

/** How a victim dies: right before a statement, or at a call to the system. */
type Death = { readonly beforeStatement: number } | { readonly atCall: number };

/**
 * Migrates files of every earlier age, with rows in every table, in a process that is killed at spread points: before
 * statements, and at the calls with which SQLite writes and syncs. After each kill the file must be wholly old or wholly new.
 */
export async function migrationRounds(
  { kills, only, registryUrl = PRODUCT, log = () => {} }: MigrationOptions,
): Promise<MigrationReport> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  const folder = await Deno.makeTempDir({ prefix: "mailroom-migrations-" });
  const total = { steps: 0, kills: 0, old: 0, new: 0, between: 0, stuck: 0, missed: 0 };
  try {
    const names = Object.keys(allMigrations(registry)).sort();
    for (const [done, next] of names.entries()) {
      if (only !== undefined && !only.includes(next)) continue;
      total.steps++;
      const old = join(folder, `${done}.db`);
      await createOldFile(old, registry, names.slice(0, done));
      for (const death of await deathsOf(old, { registryUrl, kills })) {
        await killOnce(old, death, { registry, registryUrl, total });
      }
      log(`before ${next}: ${JSON.stringify(total)}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return total;
}

async function killOnce(
  old: string,
  death: Death,
  { registry, registryUrl, total }: { registry: Registry; registryUrl: string; total: Record<string, number> },
): Promise<void> {
  const count = (what: keyof MigrationReport) => total[what] = (total[what] ?? 0) + 1;
  const path = `${old}.victim`;
  await Deno.copyFile(old, path);
  const { code } = await runVictim({ path, registryUrl }, death);
  count(code === 0 ? "missed" : "kills");
  const before = readFile(old);
  const after = readFile(path);
  const migrated = await openAgain(path, registry);
  const isOld = after.schema === before.schema;
  const isNew = after.schema === migrated.schema && migrated.schema !== before.schema;
  const isWhole = after.integrity === "ok" && keepsRows(before, after);
  if (isWhole && isOld) count("old");
  else if (isWhole && isNew) count("new");
  else count("between");
  if (migrated.integrity !== "ok" || !migrated.complete || !keepsRows(before, migrated)) count("stuck");
  for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
}

/** `kills` points, spread evenly, of each kind. */
async function deathsOf(old: string, { registryUrl, kills }: { registryUrl: string; kills: number }): Promise<Death[]> {
  const path = `${old}.measured`;
  const trace = `${old}.calls`;
  const measure = async (death?: Death) => {
    await Deno.copyFile(old, path);
    const { stdout } = await runVictim({ path, registryUrl }, death, trace);
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
    return Number(stdout);
  };
  const statements = await measure();
  const deaths: Death[] = spread(statements, kills).map((beforeStatement) => ({ beforeStatement }));
  if (!await hasTracer()) return deaths;
  await measure({ atCall: Infinity });
  const perThread = new Map<string, number>();
  for (const line of (await Deno.readTextFile(trace)).split("\n")) {
    const thread = line.split(" ", 1)[0]!;
    if (/\(/.test(line)) perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
  }
  return [...deaths, ...spread(Math.max(...perThread.values()), kills).map((atCall) => ({ atCall }))];
}

function spread(points: number, wanted: number): number[] {
  if (points <= wanted) return Array.from({ length: points }, (_, index) => index + 1);
  return Array.from({ length: wanted }, (_, index) => 1 + Math.round(index * (points - 1) / (wanted - 1)));
}

async function runVictim(
  file: Omit<VictimArguments, "killBefore">,
  death?: Death,
  trace = "/dev/null",
): Promise<{ code: number; stdout: string }> {
  const killBefore = death !== undefined && "beforeStatement" in death ? death.beforeStatement : 0;
  const told = JSON.stringify({ ...file, killBefore } satisfies VictimArguments);
  const deno = [
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    "--config",
    join(projectRoot, "tests/deno.json"),
    VICTIM,
    told,
  ];
  const [command, ...args] = death !== undefined && "atCall" in death
    ? [...tracer(death.atCall, trace), ...deno]
    : deno;
  const { code, stdout } = await new Deno.Command(command!, { args, stdout: "piped", stderr: "null" }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

function tracer(atCall: number, trace: string): string[] {
  const inject = atCall === Infinity ? [] : ["-e", `inject=${CALLS}:signal=SIGKILL:when=${atCall}`];
  return ["strace", "-f", "-qq", "-o", trace, "-e", `trace=${CALLS}`, ...inject];
}

async function hasTracer(): Promise<boolean> {
  try {
    const args = ["-qq", "-o", "/dev/null", "true"];
    return (await new Deno.Command("strace", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** A file that knows only these migrations, with rows in all its tables. */
async function createOldFile(path: string, registry: Registry, names: readonly string[]): Promise<void> {
  const all = allMigrations(registry);
  const known = Object.fromEntries(names.map((name) => [name, all[name]!]));
  using db = openWriterConnection(path, "off");
  const provider = { getMigrations: () => Promise.resolve(known) };
  const { error } = await new Migrator({ db: kyselyOver(db), provider, allowUnorderedMigrations: true })
    .migrateToLatest();
  if (error !== undefined) throw error;
  for (const table of tablesOf(db)) fill(db, table);
  db.prepare("pragma wal_checkpoint(truncate)").all();
}

const ROWS = 200;

function fill(db: DatabaseSync, table: string): void {
  const columns = db.prepare(`pragma table_info("${table}")`).all() as { name: string; type: string }[];
  const insert = db.prepare(
    `insert into "${table}" (${columns.map(({ name }) => `"${name}"`)}) values (${columns.map(() => "?")})`,
  );
  for (let row = 1; row <= ROWS; row++) {
    insert.run(...columns.map(({ name, type }) => {
      if (name === "payload") return `{"blob":"b${row}"}`;
      if (name === "type") return "import";
      if (/int/i.test(type)) return row;
      return /blob/i.test(type) ? new Uint8Array(100) : `${name}-${row}`;
    }));
  }
}

interface FileState {
  readonly schema: string;
  readonly integrity: string;
  /** Of each table: its columns and a print of what is in them. */
  readonly rows: ReadonlyMap<string, string>;
}

function readFile(path: string): FileState {
  using db = new DatabaseSync(path);
  return stateOf(db);
}

function stateOf(db: DatabaseSync): FileState {
  const schema = db.prepare("select type, name, tbl_name, sql from sqlite_schema order by type, name").all();
  return {
    schema: JSON.stringify(schema),
    integrity: String(db.prepare("pragma integrity_check").get()?.["integrity_check"]),
    rows: new Map(
      tablesOf(db).map((table) => [table, String(db.prepare(`select count(*) as n from "${table}"`).get()?.["n"])]),
    ),
  };
}

async function openAgain(path: string, registry: Registry): Promise<FileState & { complete: boolean }> {
  using db = openWriterConnection(path, "off");
  try {
    await migrate(kyselyOver(db), registry);
  } catch {
    return { ...stateOf(db), complete: false };
  }
  const done = new Set(db.prepare("select name from kysely_migration").all().map(({ name }) => String(name)));
  return { ...stateOf(db), complete: Object.keys(allMigrations(registry)).every((name) => done.has(name)) };
}

function keepsRows(before: FileState, after: FileState): boolean {
  return [...before.rows].every(([table, count]) => after.rows.get(table) === count);
}

function tablesOf(db: DatabaseSync): string[] {
  return db.prepare("select name from sqlite_schema where type = 'table'").all().map(({ name }) => String(name))
    .filter((name) => !/^(sqlite|kysely)_/.test(name));
}

if (import.meta.main) {
  const kills = Number(Deno.args[0] ?? 50);
  // deno-lint-ignore no-console -- a command that reports to a person
  console.log(JSON.stringify(await migrationRounds({ kills, log: console.error }), null, 2));
}
