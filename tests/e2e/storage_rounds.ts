import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { until } from "../support/api.ts";
import { runMain } from "../support/run_main.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { noDisk, smallDisk } from "../support/small_disk.ts";
import { createOracle, type Oracle, submitLoad } from "./kill_load.ts";
import { compare, settled } from "./kill_rounds.ts";
import { corruptRounds, statusOf } from "./corrupt_rounds.ts";

/** What the rounds found; of `lost` to `otherAnswers` every count must be 0. */
export interface StorageReport {
  readonly rounds: number;
  readonly ackedJobs: number;
  readonly ackedAdds: number;
  /** 503s that clients were given. */
  readonly refused: number;
  readonly slowestHealMs: number;
  readonly lost: number;
  readonly unfinished: number;
  readonly succeededTwice: number;
  readonly wrongCounters: number;
  readonly secondIds: number;
  /** Answers to work other than 2xx, 429 and 503; and reads that were not answered while writes were refused. */
  readonly otherAnswers: number;
  readonly restarts: number;
  readonly integrity: string;
}

export interface StorageOptions {
  readonly rounds: number;
  readonly log?: (line: string) => void;
}

/** A way in which the storage refuses writes for a while: `begin` brings it about, what it gives back ends it. */
type Trouble = (server: RunningServer, round: number) => Promise<() => Promise<void>>;

const MIB = 1024 * 1024;
const DISK_BYTES = 160 * MIB;
const COUNTERS = 5;
const GREEDY_MS = 20;
/** What is acknowledged between two troubles at least. */
const CALM_JOBS = 20;
const LARGE = "x".repeat(100_000);
const ENV = { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" };

/** A disk that others fill, on which the server's own reserve goes too. */
export async function fullDiskRounds(options: StorageOptions): Promise<StorageReport> {
  mustMount();
  await using disk = await smallDisk(DISK_BYTES);
  return await troubleRounds(options, {
    dataDir: disk.path,
    trouble(_, round) {
      disk.fill();
      // Every second time what the server gives up is taken by others at once.
      const greedy = round % 2 === 0 ? setInterval(() => disk.fill(), GREEDY_MS) : undefined;
      return Promise.resolve(() => {
        clearInterval(greedy);
        disk.free();
        return Promise.resolve();
      });
    },
  });
}

/** Another program that holds the file, longer than the writer waits. */
export async function lockedRounds(options: StorageOptions): Promise<StorageReport> {
  return await troubleRounds(options, {
    trouble(server, round) {
      const other = new DatabaseSync(join(server.dataDir, "mailroom.db"), { timeout: 10_000 });
      other.exec(round % 2 === 0 ? "begin immediate" : "begin exclusive");
      return Promise.resolve(() => Promise.resolve(other.close()));
    },
  });
}

/** A log whose file takes no writes: what a file system says that has turned read-only. Linux, as root. */
export async function readOnlyRounds(options: StorageOptions): Promise<StorageReport> {
  return await troubleRounds(options, {
    trouble: async (server) => {
      const log = join(server.dataDir, "mailroom.db-wal");
      await changeAttributes("+i", log);
      return () => changeAttributes("-i", log);
    },
  });
}

/** Under load, again and again: trouble, until the server says so and refuses work; then none, until it has healed. */
async function troubleRounds(
  { rounds, log = () => {} }: StorageOptions,
  { trouble, dataDir }: { trouble: Trouble; dataDir?: string },
): Promise<StorageReport> {
  await using server = await startServer({ env: ENV, ...(dataDir === undefined ? {} : { dataDir }) });
  const { pid } = server;
  const oracle = createOracle();
  const counts = { refused: 0, otherAnswers: 0 };
  const over = new AbortController();
  const load = [0, 1, 2].map((client) =>
    submitLoad(server, oracle, { client, until: over.signal, counters: COUNTERS })
  );
  let slowestHealMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const enough = oracle.ackedJobs.size + CALM_JOBS;
    await until("work goes on", () => Promise.resolve(oracle.ackedJobs.size >= enough || undefined));
    const end = await trouble(server, round);
    try {
      await pushUntilUnready(server, oracle, counts);
      for (const path of ["/health/live", "/api/jobs?limit=1"]) {
        if (await statusOf(server, path) !== 200) counts.otherAnswers++;
      }
    } finally {
      await end();
    }
    const begunAt = performance.now();
    await until("the server is ready again", async () => await statusOf(server, "/health/ready") === 200 || undefined);
    slowestHealMs = Math.max(slowestHealMs, performance.now() - begunAt);
    log(`round ${round}/${rounds}: ${oracle.ackedJobs.size} jobs acknowledged, ${counts.refused} answered 503`);
  }
  over.abort();
  await Promise.all(load);
  await settled(server);
  const restarts = server.pid === pid ? 0 : 1;
  await server.stop();
  const found = compare(join(server.dataDir, "mailroom.db"), oracle);
  return { rounds, restarts, slowestHealMs: Math.round(slowestHealMs), ...counts, ...found };
}

/** Sends large jobs until readiness is off and one is refused. */
async function pushUntilUnready(
  server: RunningServer,
  oracle: Oracle,
  counts: { refused: number; otherAnswers: number },
): Promise<void> {
  await until("the server is not ready and refuses work", async () => {
    const response = await fetch(`${server.url}/api/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "trivial", payload: { text: LARGE } }),
    });
    const answer = await response.json();
    if (response.status === 201) oracle.ackedJobs.add(answer.id);
    else if (response.status === 503 && /problem\+json/.test(response.headers.get("content-type") ?? "")) {
      counts.refused++;
    } else counts.otherAnswers++;
    return response.status === 503 && await statusOf(server, "/health/ready") === 503 || undefined;
  });
}

export interface SecondReport {
  readonly rounds: number;
  /** Starts that did not end with code 1 and the one line that says what to do. */
  readonly wrongEnds: number;
  /** Acts of the first that failed meanwhile. */
  readonly disturbed: number;
  readonly lost: number;
}

/** A second process on the file of one that runs. */
export async function secondProcessRounds({ rounds, log = () => {} }: StorageOptions): Promise<SecondReport> {
  await using server = await startServer({ env: ENV });
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { client: 0, until: over.signal, counters: COUNTERS });
  let [wrongEnds, disturbed] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    const acked = oracle.ackedJobs.size;
    const DATABASE_URL = `sqlite:${join(server.dataDir, "mailroom.db")}`;
    const { code, stderr } = await runMain({ env: { ...ENV, DATABASE_URL } });
    if (code !== 1 || !/^mailroom: .*belongs to another running process.*stop the other one.*\n$/.test(stderr)) {
      wrongEnds++;
    }
    if (oracle.ackedJobs.size === acked || await statusOf(server, "/health/ready") !== 200) disturbed++;
    log(`round ${round}/${rounds}: ${stderr.trim()}`);
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  return { rounds, wrongEnds, disturbed, lost: compare(join(server.dataDir, "mailroom.db"), oracle).lost };
}

function mustMount(): void {
  if (noDisk !== undefined) throw new Error(`This campaign needs a small disk: ${noDisk}`);
}

async function changeAttributes(how: string, path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("chattr", { args: [how, path], stderr: "piped" }).output();
  if (!success) throw new Error(`chattr ${how} failed: ${new TextDecoder().decode(stderr)}`);
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 20);
  // deno-lint-ignore no-console -- a command that reports to a person
  const options = { rounds, log: console.error };
  const report = {
    fullDisk: await fullDiskRounds(options),
    locked: await lockedRounds(options),
    readOnly: await readOnlyRounds(options),
    secondProcess: await secondProcessRounds(options),
    corrupt: await corruptRounds(options),
  };
  // deno-lint-ignore no-console -- as above
  console.log(JSON.stringify(report, null, 2));
}
