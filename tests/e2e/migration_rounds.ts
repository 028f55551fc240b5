import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Migrator } from "kysely/migration";
import type { Registry } from "../../runtime/authoring.ts";
import { allMigrations, migrate } from "../../runtime/store/migrate.ts";
import { openWriterConnection } from "../../runtime/store/sqlite/connection.ts";
import { kyselyOver } from "../../runtime/store/sqlite/dialect.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import type { VictimArguments } from "./migration_victim.ts";
import { type Campaign, type Course, Findings, type Result } from "./torture_campaign.ts";

export interface MigrationSize {
  /** Only files that end before one of these migrations. */
  readonly only?: readonly string[];
  /** The module with the registry; the product's by default. */
  readonly registryUrl?: string;
}

const PRODUCT = new URL("../../actors/mod.ts", import.meta.url).href;
const VICTIM = new URL("./migration_victim.ts", import.meta.url).href;
/** Most of a victim's life is its start, on one processor. */
const AT_ONCE = 2;
const CALLS = "pwrite64,fsync,fdatasync,ftruncate";

/** How a victim dies: right before a statement, or at a call to the system. */
type Death = { readonly beforeStatement: number } | { readonly atCall: number };

/** A file that ends before a migration, and at how many points the process that brings it on can die. */
interface OldFile {
  readonly path: string;
  readonly statements: number;
  /** Where they cannot be traced, none. */
  readonly calls: number;
}

/**
 * Migrates files of every earlier age, with rows in every table, in a process that is killed: in each round before a
 * statement, and at a call with which SQLite writes or syncs; the rounds spread over all of them.
 */
export function migrationRounds({ only, registryUrl = PRODUCT }: MigrationSize = {}): Campaign {
  return {
    name: "migrations",
    shows: "a migration that is killed leaves my file as it was or as it will be, and the next start goes on",
    rounds: 50,
    run: (course) => run(course, { only, registryUrl }),
  };
}

async function run(
  { rounds, tell }: Course,
  { only, registryUrl }: { only: readonly string[] | undefined; registryUrl: string },
): Promise<Result> {
  const { registry } = await import(registryUrl) as { registry: Registry };
  const folder = await Deno.makeTempDir({ prefix: "mailroom-migrations-" });
  const findings = new Findings();
  const figures = { files: 0, kills: 0, old: 0, new: 0 };
  try {
    const files: OldFile[] = [];
    const names = Object.keys(allMigrations(registry)).sort();
    for (const [done, next] of names.entries()) {
      if (only !== undefined && !only.includes(next)) continue;
      const path = join(folder, `${done}.db`);
      await createOldFile(path, registry, names.slice(0, done));
      files.push({ path, ...await pointsOf(path, registryUrl) });
    }
    figures.files = files.length;
    for (let round = 0; round < rounds; round++) {
      const share = rounds === 1 ? 0.5 : round / (rounds - 1);
      const deaths = files.values().flatMap((file) => deathsOf(file, share).map((death) => ({ file, death })));
      const killAll = async (lane: number) => {
        for (const { file, death } of deaths) {
          const victim = `${file.path}.${lane}.victim`;
          await killOnce({ old: file.path, victim }, death, { registry, registryUrl, findings, figures });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => killAll(lane)));
      tell(`${figures.old} files were old afterwards, ${figures.new} new`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { findings: findings.all, figures };
}

/** So far through its work, by statements and by calls. */
function deathsOf({ statements, calls }: OldFile, share: number): Death[] {
  const point = (points: number) => 1 + Math.round(share * (points - 1));
  return [{ beforeStatement: point(statements) }, ...(calls > 0 ? [{ atCall: point(calls) }] : [])];
}

async function killOnce(
  { old, victim: path }: { readonly old: string; readonly victim: string },
  death: Death,
  { registry, registryUrl, findings, figures }: {
    registry: Registry;
    registryUrl: string;
    findings: Findings;
    figures: { kills: number; old: number; new: number };
  },
): Promise<void> {
  await Deno.copyFile(old, path);
  const { code } = await runVictim({ path, registryUrl }, death);
  // The calls vary a little: the last ones may not be reached.
  if (code !== 0) figures.kills++;
  const before = readFile(old);
  const after = readFile(path);
  const migrated = await openAgain(path, registry);
  const isOld = after.schema === before.schema;
  const isNew = after.schema === migrated.schema && !isOld;
  if (isOld) figures.old++;
  if (isNew) figures.new++;
  const where = () => `${old} with ${JSON.stringify(death)}`;
  const isWhole = after.integrity === "ok" && keepsRows(before, after);
  findings.expect("the file is whole, and old or new", isWhole && (isOld || isNew), where);
  const isDone = migrated.integrity === "ok" && migrated.complete && keepsRows(before, migrated);
  findings.expect("the next start brings it to the new schema", isDone, where);
  for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
}

/** Measured by letting it live. */
async function pointsOf(old: string, registryUrl: string): Promise<Omit<OldFile, "path">> {
  const path = `${old}.measured`;
  const trace = `${old}.calls`;
  const measure = async (death?: Death) => {
    await Deno.copyFile(old, path);
    const { stdout } = await runVictim({ path, registryUrl }, death, trace);
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
    return Number(stdout);
  };
  const statements = await measure();
  if (!await hasTracer()) return { statements, calls: 0 };
  await measure({ atCall: Infinity });
  const perThread = new Map<string, number>();
  for (const line of (await Deno.readTextFile(trace)).split("\n")) {
    const thread = line.split(" ", 1)[0]!;
    if (/\(/.test(line)) perThread.set(thread, (perThread.get(thread) ?? 0) + 1);
  }
  return { statements, calls: Math.max(...perThread.values()) };
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
      // Before jobs have records it is so of all mail, and a message that had one would be one job more.
      if (name === "recorded") return 0;
      if (name === "events") return '[["job.queued","job/one",1,"{}"]]';
      if (name === "trimmed_to") return 0;
      if (/int/i.test(type)) return row;
      return /blob/i.test(type) ? new Uint8Array(100) : `${name}-${row}`;
    }));
  }
}

interface FileState {
  readonly schema: string;
  readonly integrity: string;
  /** By table; a table of one age may be a view of another. */
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
      tablesOf(db, ["table", "view"]).map((
        table,
      ) => [table, String(db.prepare(`select count(*) as n from "${table}"`).get()?.["n"])]),
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

function tablesOf(db: DatabaseSync, types: readonly string[] = ["table"]): string[] {
  return db.prepare("select type, name from sqlite_schema").all()
    .filter(({ type }) => types.includes(String(type))).map(({ name }) => String(name))
    .filter((name) => !/^(sqlite|kysely)_/.test(name));
}
