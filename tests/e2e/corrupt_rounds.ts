import { join } from "node:path";
import { until } from "../support/api.ts";
import { before } from "../support/deadline.ts";
import { runMain } from "../support/run_main.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { createOracle, submitLoad } from "./kill_load.ts";
import { settled } from "./kill_rounds.ts";

/** In which places a file is damaged; the last one while it is open. */
export const DAMAGES = ["header", "schema", "pages", "truncated", "no database", "pages of a running server"] as const;
export type Damage = (typeof DAMAGES)[number];

const PAGE_BYTES = 4_096;

const ENV = { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" };

export interface CorruptOptions {
  readonly rounds: number;
  /** Taken in turn; all by default. */
  readonly damages?: readonly Damage[];
  readonly log?: (line: string) => void;
}

export interface CorruptReport {
  readonly rounds: number;
  /** By the damage: how it ended, in a word. */
  readonly ends: Readonly<Record<string, string>>;
  /** Lives that did not end with code 1 and a line that names the file and what to do. */
  readonly wrongEnds: number;
  /** Of what was acknowledged before the backup: not there after `restore`. */
  readonly lost: number;
}

/** A file that is damaged before a start, or while the server has it open; then a backup is put in its place. */
export async function corruptRounds(
  { rounds, damages = DAMAGES, log = () => {} }: CorruptOptions,
): Promise<CorruptReport> {
  await using server = await startServer({ env: ENV });
  const path = join(server.dataDir, "mailroom.db");
  const env = { ...ENV, DATABASE_URL: `sqlite:${path}` };
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { client: 0, until: over.signal, counters: 2 });
  await until("there is something", () => Promise.resolve(oracle.ackedJobs.size >= 150 || undefined));
  over.abort();
  await load;
  await settled(server);
  const backup = join(server.dataDir, "backup.db");
  const made = await runMain({ args: ["backup", backup], env });
  if (made.code !== 0) throw new Error(`No backup: ${made.stderr}`);

  const ends: Record<string, string> = {};
  let [wrongEnds, lost] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const what = damages[round % damages.length]!;
    const { code, stderr } = await damage(server, what, { path, env });
    const says = stderr.includes(path) && stderr.includes("deno task restore") && /\(storage-corrupt\)/.test(stderr);
    if (code !== 1 || !says) wrongEnds++;
    ends[what] = `${code}: ${stderr.trim().split("\n").at(-1)}`;
    log(`${what}: ${ends[what]}`);
    const restored = await runMain({ args: ["restore", backup], env });
    if (restored.code !== 0) throw new Error(`Not restored: ${restored.stderr}`);
    await server.restart();
    for (const id of oracle.ackedJobs) if (await statusOf(server, `/api/jobs/${id}`) !== 200) lost++;
  }
  return { rounds, ends, wrongEnds, lost };
}

/**
 * Damages the file of a server and answers how its next life ended, or this one. What may still look whole to a start is
 * found when it is read.
 */
async function damage(
  server: RunningServer,
  what: Damage,
  { path, env }: { path: string; env: Readonly<Record<string, string>> },
): Promise<{ code: number; stderr: string }> {
  if (what === "pages of a running server") {
    // A fresh life has hardly read any page yet.
    await server.restart();
    await spoilFrom(path, 8);
    return await readUntilDead(server);
  }
  await server.stop();
  const { size } = await Deno.stat(path);
  if (what === "header") await spoil(path, { at: 0, bytes: 60 });
  else if (what === "schema") await spoil(path, { at: 100, bytes: PAGE_BYTES - 100 });
  else if (what === "pages") await spoilFrom(path, 1);
  else if (what === "truncated") await Deno.truncate(path, Math.floor(size / 2 / PAGE_BYTES) * PAGE_BYTES - 1_000);
  else await Deno.writeTextFile(path, "no database, ".repeat(10_000));
  return await runMain({ env: { ...env, LOG_LEVEL: "error" } });
}

async function spoilFrom(path: string, page: number): Promise<void> {
  const { size } = await Deno.stat(path);
  await spoil(path, { at: page * PAGE_BYTES, bytes: size - page * PAGE_BYTES });
}

async function spoil(path: string, { at, bytes }: { at: number; bytes: number }): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(at, Deno.SeekMode.Start);
  const noise = new Uint8Array(PAGE_BYTES);
  for (let left = bytes; left > 0; left -= noise.length) {
    crypto.getRandomValues(noise);
    await file.write(noise.subarray(0, Math.min(left, noise.length)));
  }
}

/** Only reads: it must not take a write to find the damage. */
async function readUntilDead(server: RunningServer): Promise<{ code: number; stderr: string }> {
  const lines = server.logs().length;
  let reading = true;
  const reads = (async () => {
    while (reading) {
      await fetch(`${server.url}/api/jobs?limit=100`).then((response) => response.text()).catch(() => {});
    }
  })();
  const late = () => new Error("The server lives on over a damaged file");
  const code = await before(server.exited, 20_000, late).finally(() => reading = false);
  await reads;
  return { code, stderr: server.logs().slice(lines).filter((line) => line.startsWith("mailroom:")).join("\n") };
}

/** Of an answer to GET. */
export async function statusOf(server: RunningServer, path: string): Promise<number> {
  const response = await fetch(server.url + path);
  await response.body?.cancel();
  return response.status;
}
