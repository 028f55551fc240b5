import { join } from "node:path";
import { projectRoot } from "./lint/project_path.ts";
import { before } from "./deadline.ts";
import { type LogLines, readLines } from "./log_lines.ts";

/** What of the tests' own environment a server gets: enough for Deno to run, nothing that configures Mailroom. */
const PASSED_ON = /^(PATH|HOME|TMPDIR|XDG_CACHE_HOME|NO_COLOR|DENO_.*|NPM_CONFIG_.*|SSL_CERT_.*|.*_PROXY)$/i;

/** Processes that a dead server left behind may hold its pipes open; reading them ends after this. */
const DRAIN_MS = 1_000;

/** One life of the server: running until `exited` settles, which it does once, with the exit code (128 + signal). */
export interface ServerProcess {
  readonly pid: number;
  /** The address it said it listens at. */
  readonly url: string;
  readonly exited: Promise<number>;
  /** Tolerates a process that is gone. To the whole group of a server that was started as a task. */
  signal(signal: Deno.Signal): void;
}

export interface SpawnOptions {
  /** The program, relative to the project's root or absolute; or `task`: `deno task start` in a group of its own. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly readyWithinMs: number;
  readonly log: LogLines;
  /** Told at once, long before it is ready. */
  readonly onSpawn?: (life: Pick<ServerProcess, "exited" | "signal">) => void;
}

/**
 * Starts the program and waits for the log line that says `ready` and where.
 * @throws {Error} with the last lines of its output when it exits before, or is not ready in time; it is gone then
 */
export async function spawnServer({ entry, env, readyWithinMs, log, onSpawn }: SpawnOptions): Promise<ServerProcess> {
  const isTask = entry === "task";
  const child = new Deno.Command(Deno.execPath(), {
    args: isTask ? ["task", "start"] : ["run", "-A", "--config", join(projectRoot, "deno.json"), entry],
    cwd: projectRoot,
    detached: isTask,
    clearEnv: true,
    env: { ...passedOn(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  const ready = Promise.withResolvers<string>();
  const onLine = (line: string): void => {
    log.add(line);
    const url = readyUrl(line);
    if (url !== undefined) ready.resolve(url);
  };
  const exited = exitOf(child, onLine);
  let isOver = false;
  child.status.then(() => isOver = true);
  const signal = (name: Deno.Signal): void => {
    // Its number may be another's by now.
    if (!isOver) sendSignal(isTask ? -child.pid : child.pid, name);
  };
  onSpawn?.({ exited, signal });

  const failed = (how: string): Error => new Error(`The server ${how}; its last lines:\n${log.tail(30)}`);
  exited.then((code) => ready.reject(failed(`exited with code ${code} before it was ready`)));
  try {
    const url = await before(ready.promise, readyWithinMs, () => failed(`was not ready within ${readyWithinMs} ms`));
    return { pid: child.pid, url, exited, signal };
  } catch (error) {
    signal("SIGKILL");
    await exited;
    throw error;
  }
}

export function passedOn(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => PASSED_ON.test(name)));
}

/** The address in `{"message":"ready","properties":{"url":"http://127.0.0.1:1234"}}`, or in any other line like it. */
export function readyUrl(line: string): string | undefined {
  return /\bready\b/.test(line) ? line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] : undefined;
}

async function exitOf(child: Deno.ChildProcess, onLine: (line: string) => void): Promise<number> {
  const giveUp = new AbortController();
  const drained = Promise.all([child.stdout, child.stderr].map((out) => readLines(out, onLine, giveUp)));
  const { code } = await child.status;
  const timer = setTimeout(() => giveUp.abort(), DRAIN_MS);
  try {
    await drained;
  } finally {
    clearTimeout(timer);
  }
  return code;
}

/** Tolerates a process that is gone; to a whole group by its number below 0. */
export function sendSignal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
