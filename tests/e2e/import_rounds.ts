import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { type RunningServer, startServer } from "../support/running_server.ts";

/** What became of the file; `wrongRevisions`, `missing` and `restarts` must be 0. */
export interface ImportReport {
  readonly bytes: number;
  readonly rows: number;
  readonly kills: number;
  readonly seconds: number;
  readonly status: string;
  readonly missing: number;
  /** Rows that were applied more than once. */
  readonly wrongRevisions: number;
  /** How often the progress told went back: a life that began before what an earlier one had committed. */
  readonly restarts: number;
  readonly attempts: number;
}

export interface ImportOptions {
  readonly bytes: number;
  readonly kills: number;
  readonly log?: (line: string) => void;
}

/** Uploads a CSV of about `bytes` and kills the server evenly over the import. */
export async function importRounds({ bytes, kills, log = () => {} }: ImportOptions): Promise<ImportReport> {
  await using server = await startServer({ env: { LOG_LEVEL: "info" } });
  const file = csvOf(bytes);
  const begunAt = performance.now();
  const response = await fetch(`${server.url}/api/jobs/import?dataset=parcels`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: file.body,
  });
  const { id } = await response.json();
  log(`uploaded after ${Math.round(performance.now() - begunAt)} ms: job ${id}`);
  for (let kill = 1; kill <= kills; kill++) {
    const target = Math.floor(file.rows * kill / (kills + 1));
    await untilImported(server, target);
    await server.kill();
    const committed = imported(server);
    await server.restart();
    log(`kill ${kill}/${kills} with ${committed} of ${file.rows} rows committed`);
  }
  const job = await finished(server, id);
  await server.stop();
  return {
    bytes: file.bytes,
    rows: file.rows,
    kills,
    seconds: Math.round((performance.now() - begunAt) / 1_000),
    status: job.status,
    ...compare(server, file.rows),
    attempts: job.attempts,
  };
}

function csvOf(bytes: number): { body: Blob; bytes: number; rows: number } {
  const parts = ["id,name,street,note\r\n"];
  let size = parts[0]!.length;
  let rows = 0;
  for (; size < bytes; rows++) {
    const line = `p${String(rows).padStart(8, "0")},"Name, ${rows}",Street ${rows % 997},"a ""quoted"" note ${
      "x".repeat(24)
    }"\r\n`;
    parts.push(line);
    size += line.length;
  }
  return { body: new Blob(parts), bytes: size, rows };
}

async function untilImported(server: RunningServer, rows: number): Promise<void> {
  while (imported(server) < rows) await pause(20);
}

/** Committed rows, read past the server. */
function imported(server: RunningServer): number {
  using db = open(server);
  return Number(db.prepare("select count(*) as many from imports").get()?.["many"]);
}

async function finished(server: RunningServer, id: string): Promise<{ status: string; attempts: number }> {
  for (;;) {
    const job = await (await fetch(`${server.url}/api/jobs/${id}`)).json();
    if (job.finishedAt !== null) return job;
    await pause(100);
  }
}

function compare(server: RunningServer, rows: number): Pick<ImportReport, "missing" | "wrongRevisions" | "restarts"> {
  using db = open(server);
  const told = db.prepare("select data from events where type = 'job.progressed' order by number").all()
    .map(({ data }) => JSON.parse(String(data)).progress.done as number);
  const wrong = db.prepare("select count(*) as many from imports where revision <> 1").get();
  return {
    missing: rows - Number(db.prepare("select count(*) as many from imports").get()?.["many"]),
    wrongRevisions: Number(wrong?.["many"]),
    restarts: told.filter((done, index) => done < (told[index - 1] ?? 0)).length,
  };
}

function open(server: RunningServer): DatabaseSync {
  return new DatabaseSync(join(server.dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const [mebibytes = 64, kills = 5] = Deno.args.map(Number);
  // deno-lint-ignore no-console -- a command that reports to a person
  const report = await importRounds({ bytes: mebibytes * 1024 * 1024 - 200, kills, log: console.error });
  // deno-lint-ignore no-console -- as above
  console.log(JSON.stringify(report, null, 2));
}
