import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { until } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { noDisk, smallDisk } from "../support/small_disk.ts";
import { type Campaign, type Course, Findings, type Result } from "./torture_campaign.ts";
import { createOracle, judge, type Oracle, settled, statusOf, submitLoad } from "./torture_load.ts";

/** A way in which the storage refuses writes for a while: it brings that about, and what it gives back ends it. */
type Trouble = (server: RunningServer, round: number) => Promise<() => Promise<void>>;

const MIB = 1024 * 1024;
const DISK_BYTES = 160 * MIB;
const GREEDY_MS = 20;
const CLIENTS = 3;
/** What is acknowledged between two troubles at least. */
const CALM_JOBS = 20;
const LARGE = "x".repeat(100_000);
const SHOWS = "is live but not ready, answers 503 only, loses nothing and heals by itself [S4-37, S4-38]";

/** A disk that others fill, on which the server's own reserve goes too. */
export function fullDiskRounds(): Campaign {
  return {
    name: "full-disk",
    shows: `a server on a full disk ${SHOWS}`,
    rounds: 20,
    cannot: noDisk,
    async run(course) {
      await using disk = await smallDisk(DISK_BYTES);
      const trouble: Trouble = (_, round) => {
        disk.fill();
        // Every second time what the server gives up is taken by others at once.
        const greedy = round % 2 === 0 ? setInterval(() => disk.fill(), GREEDY_MS) : undefined;
        return Promise.resolve(async () => {
          clearInterval(greedy);
          await disk.free();
        });
      };
      return await troubleRounds(course, { trouble, dataDir: disk.path });
    },
  };
}

/** Another program that holds the file, longer than the writer waits. */
export function lockedRounds(): Campaign {
  const trouble: Trouble = (server, round) => {
    const other = new DatabaseSync(join(server.dataDir, "mailroom.db"), { timeout: 10_000 });
    other.exec(round % 2 === 0 ? "begin immediate" : "begin exclusive");
    return Promise.resolve(() => Promise.resolve(other.close()));
  };
  return {
    name: "locked",
    shows: `a server whose file another program holds ${SHOWS}`,
    rounds: 20,
    run: (course) => troubleRounds(course, { trouble }),
  };
}

/** A log whose file takes no writes: what a file system says that has turned read-only. Linux, as root. */
export function readOnlyRounds(): Campaign {
  const trouble: Trouble = async (server) => {
    const log = join(server.dataDir, "mailroom.db-wal");
    await changeAttributes("+i", log);
    return () => changeAttributes("-i", log);
  };
  return {
    name: "read-only",
    shows: `a server whose log takes no writes ${SHOWS}`,
    rounds: 20,
    cannot: noDisk,
    run: (course) => troubleRounds(course, { trouble }),
  };
}

/** Under load, again and again: trouble, until the server says so and refuses work; then none, until it has healed. */
async function troubleRounds(
  { rounds, tell }: Course,
  { trouble, dataDir }: { trouble: Trouble; dataDir?: string },
): Promise<Result> {
  await using server = await startServer({
    env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" },
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const findings = new Findings();
  const oracle = createOracle();
  const over = new AbortController();
  const load = submitLoad(server, oracle, { clients: CLIENTS, until: over.signal });
  let [slowestHealMs, refused] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    const enough = oracle.ackedJobs.size + CALM_JOBS;
    await until("work goes on", () => Promise.resolve(oracle.ackedJobs.size >= enough || undefined));
    const end = await trouble(server, round);
    try {
      refused += await pushUntilUnready(server, oracle);
      for (const path of ["/health/live", "/api/jobs?limit=1"]) {
        const status = await statusOf(server, path);
        findings.expect("what is read is answered all the while", status === 200, () => `${path}: ${status}`);
      }
    } finally {
      await end();
    }
    const begunAt = performance.now();
    await until("the server is ready again", async () => await statusOf(server, "/health/ready") === 200 || undefined);
    const healedMs = Math.round(performance.now() - begunAt);
    slowestHealMs = Math.max(slowestHealMs, healedMs);
    tell(`healed after ${healedMs} ms, ${oracle.ackedJobs.size} jobs acknowledged, ${refused} refused`);
  }
  over.abort();
  await load;
  await settled(server);
  await server.stop();
  const lives = server.logs().filter((line) => line.includes('"message":"ready"')).length;
  findings.expect("it needs no restart", lives === 1, () => `${lives} lives`);
  judge(server, oracle, { findings });
  return { findings: findings.all, figures: { slowestHealMs, refused, jobs: oracle.ackedJobs.size } };
}

/** Sends large jobs until readiness is off and one is refused; answers how many were. */
async function pushUntilUnready(server: RunningServer, oracle: Oracle): Promise<number> {
  let refused = 0;
  await until("the server is not ready and refuses work", async () => {
    const response = await fetch(`${server.url}/api/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "trivial", payload: { text: LARGE } }),
    });
    const answer = await response.json();
    const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
    if (response.status === 201) oracle.ackedJobs.add(answer.id);
    else if (response.status === 503 && isProblem) refused++;
    else oracle.strange.push(`A large job was answered ${response.status}: ${JSON.stringify(answer)}`);
    return response.status === 503 && await statusOf(server, "/health/ready") === 503 || undefined;
  });
  return refused;
}

async function changeAttributes(how: string, path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("chattr", { args: [how, path], stderr: "piped" }).output();
  if (!success) throw new Error(`chattr ${how} failed: ${new TextDecoder().decode(stderr)}`);
}
