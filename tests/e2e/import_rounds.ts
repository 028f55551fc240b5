import { type RunningServer, startServer } from "../support/running_server.ts";
import { type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";

/** Uploads a CSV of about `bytes`, up to 64 MiB, and kills the server evenly over the import. */
export function importRounds({ bytes = 64 * 1024 * 1024 - 200 }: { readonly bytes?: number } = {}): Campaign {
  return {
    name: "import",
    shows: "a file is imported whole and each row once, although the server is killed meanwhile",
    rounds: 5,
    run: (course) => run(course, bytes),
  };
}

async function run({ rounds, tell }: Course, bytes: number): Promise<Result> {
  await using server = await startServer({ env: { LOG_LEVEL: "info" } });
  const file = csvOf(bytes);
  const begunAt = performance.now();
  const response = await fetch(`${server.url}/api/jobs/import?dataset=parcels`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: file.body,
  });
  const { id } = await response.json();
  let slowestReadyMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const target = Math.floor(file.rows * round / (rounds + 1));
    while (imported(server) < target) await pause(20);
    await server.kill();
    const committed = imported(server);
    const killedAt = performance.now();
    await server.restart();
    slowestReadyMs = Math.max(slowestReadyMs, Math.round(performance.now() - killedAt));
    tell(`killed with ${committed} of ${file.rows} rows committed`);
  }
  const job = await finished(server, id);
  await server.stop();
  const findings = new Findings();
  findings.expect("the import succeeds", job.status === "succeeded", () => JSON.stringify(job));
  compare(server, file.rows, findings);
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  return { findings: findings.all, figures: { slowestReadyMs, bytes: file.bytes, rows: file.rows, seconds } };
}

function csvOf(bytes: number): { body: Blob; bytes: number; rows: number } {
  const parts = ["id,name,street,note\r\n"];
  let size = parts[0]!.length;
  let rows = 0;
  for (; size < bytes; rows++) {
    const note = `a ""quoted"" note ${"x".repeat(24)}`;
    const line = `p${String(rows).padStart(8, "0")},"Name, ${rows}",Street ${rows % 997},"${note}"\r\n`;
    parts.push(line);
    size += line.length;
  }
  return { body: new Blob(parts), bytes: size, rows };
}

/** Committed rows, read past the server. */
function imported(server: RunningServer): number {
  using db = openFile(server);
  return Number(db.prepare("select count(*) as many from imports").get()?.["many"]);
}

async function finished(server: RunningServer, id: string): Promise<{ status: string; attempts: number }> {
  for (;;) {
    const job = await (await fetch(`${server.url}/api/jobs/${id}`)).json();
    if (job.finishedAt !== null) return job;
    await pause(100);
  }
}

function compare(server: RunningServer, rows: number, findings: Findings): void {
  using db = openFile(server);
  const found = imported(server);
  findings.expect("every row is there", found === rows, () => `${found} of ${rows}`);
  const again = Number(db.prepare("select count(*) as many from imports where revision <> 1").get()?.["many"]);
  findings.expect("no row is applied twice", again === 0, () => `${again} rows`);
  const told = db.prepare("select data from events where type = 'job.progressed' order by number").all()
    .map(({ data }) => JSON.parse(String(data)).progress.done as number);
  told.forEach((done, index) => {
    const before = told[index - 1] ?? 0;
    findings.expect("a life goes on where the one before had come", done >= before, () => `${before}, then ${done}`);
  });
}
