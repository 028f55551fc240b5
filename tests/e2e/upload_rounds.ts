import type { Random } from "../../runtime/core/random.ts";
import { residentMemory } from "../bench/memory.ts";
import { drawFile, type DrawnFile } from "../support/employee_files.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { uploadLarge } from "./large_upload.ts";
import { between, type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";
import { judgeUploads, type Uploaded } from "./upload_judge.ts";

export interface UploadSize {
  readonly tenants?: number;
  /** Of each tenant. */
  readonly uploads?: number;
  readonly rows?: number;
  /**
   * So long, when everything was uploaded, goes on what memory is measured by, over the second half: the heaps of a server
   * that was just started grow for a minute. So long, because a slope is known to half a MiB a minute only after four. 0:
   * nothing is measured.
   */
  readonly steadyMs?: number;
  /** Of one file more, when the others are processed; MiB, 0: there is none. */
  readonly largeMib?: number;
  /** Whether what a kill broke off is waited for to go. */
  readonly broken?: boolean;
}

/** So few that the files of a tenant tell of the same ones again and again. */
const POOL = 2_000;
const CLIENTS = 8;
const PATIENCE_MS = 120_000;
/** It goes two minutes after its last row came. */
const BROKEN_MS = 180_000;
/** Of all processes together, while files go on coming. */
const MOST_MIB_PER_MINUTE = 1;

/** Files of employees are uploaded by clients that send again what was not answered, while the server is killed. */
export function uploadRounds(
  { tenants = 20, uploads = 60, rows = 500, steadyMs = 480_000, largeMib = 64, broken = true }: UploadSize = {},
): Campaign {
  return {
    name: "uploads",
    shows: "every row of every file that was answered is accepted or rejected once, whenever the server is killed",
    rounds: 10,
    run: (course) => run(course, { tenants, uploads, rows, steadyMs, largeMib, broken }),
  };
}

async function run({ rounds, random, tell }: Course, size: Required<UploadSize>): Promise<Result> {
  // As it is run: the bounds of its heaps come with the task.
  await using server = await startServer({ entry: "task", env: { LOG_LEVEL: "info" } });
  const findings = new Findings();
  const uploads: Uploaded[] = [];
  const figures = { uploads: 0, rows: 0, rowsPerSecond: 0, brokenOff: 0, slowestReadyMs: 0 };
  const orders = drawOrders(random, size);
  const begunAt = performance.now();
  const uploading = uploadAll(server, orders, uploads, findings);
  uploading.catch(() => {});
  for (let kill = 1; kill <= rounds; kill++) {
    const target = Math.floor(orders.length * kill / (rounds + 1));
    while (uploads.length < target) await Promise.race([pause(5), uploading]);
    const slow = sendSlowly(server, random);
    await pause(between(random, 20, 400));
    await server.kill();
    await slow;
    figures.brokenOff = Math.max(figures.brokenOff, uploadingIn(server));
    const killedAt = performance.now();
    await server.restart();
    figures.slowestReadyMs = Math.max(figures.slowestReadyMs, Math.round(performance.now() - killedAt));
    tell(`killed with ${uploads.length} of ${orders.length} files answered`);
  }
  await uploading;
  await processed(server);
  const seconds = (performance.now() - begunAt) / 1_000;
  const large = size.largeMib === 0
    ? {}
    : await uploadLarge(server, { bytes: size.largeMib * 1024 * 1024, findings, tell });
  const steady = size.steadyMs === 0 ? {} : await measureSteadily(server, { random, size, uploads, findings, tell });
  if (size.broken) await goneOf(server, findings);
  await server.stop();
  {
    using db = openFile(server);
    judgeUploads(db, uploads, findings);
    const integrity = String(db.prepare("pragma integrity_check").get()?.["integrity_check"]);
    findings.expect("the file is whole", integrity === "ok", () => integrity);
  }
  figures.uploads = orders.length;
  figures.rows = orders.length * size.rows;
  figures.rowsPerSecond = Math.round(figures.rows / seconds);
  return { findings: findings.all, figures: { ...figures, ...large, ...steady } };
}

interface Order {
  readonly tenant: string;
  readonly file: DrawnFile;
}

function drawOrders(random: Random, { tenants, uploads, rows }: Required<UploadSize>): Order[] {
  return Array.from({ length: tenants * uploads }, (_, index) => ({
    tenant: `wash-${index % tenants}`,
    file: drawFile(random, { rows, pool: POOL, mark: `Upload ${index}` }),
  }));
}

async function uploadAll(
  server: RunningServer,
  orders: readonly Order[],
  uploads: Uploaded[],
  findings: Findings,
): Promise<void> {
  const waiting = [...orders];
  const oneClient = async () => {
    for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) {
      const { tenant, file } = order;
      const [id, status] = await insistOn(server, order);
      findings.expect("a file that nobody has sent before is taken", status < 300, () => `${status}`);
      uploads.push({ tenant, id, file });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, oneClient));
}

/** Sends the same file until it is answered. */
async function insistOn(server: RunningServer, { tenant, file }: Order): Promise<[id: string, status: number]> {
  for (const begunAt = performance.now();;) {
    const response = await fetch(`${server.url}/api/employee-uploads`, {
      method: "POST",
      headers: { "content-type": "text/csv", "x-tenant": tenant },
      body: file.text,
    }).then(async (got) => ({ status: got.status, text: await got.text() })).catch(() => null);
    if (response !== null && ![429, 503].includes(response.status)) {
      return [JSON.parse(response.text).id, response.status];
    }
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`No answer to a file: ${response?.text}`);
    await pause(50);
  }
}

/** A file of which something lies in the table, and something is still to come, for as long as the server lives. */
async function sendSlowly(server: RunningServer, random: Random): Promise<void> {
  const { text } = drawFile(random, { rows: 6_000, pool: 100_000, mark: "Broken off" });
  const half = Math.floor(text.length * 0.9);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent) return await new Promise<void>(() => {});
      sent = true;
      controller.enqueue(new TextEncoder().encode(text.slice(0, half)));
    },
  });
  let sent = false;
  const headers = { "content-type": "text/csv", "x-tenant": "wash-broken" };
  await fetch(`${server.url}/api/employee-uploads`, { method: "POST", headers, body }).then((got) => got.body?.cancel())
    .catch(() => {});
}

function uploadingIn(server: RunningServer): number {
  using db = openFile(server);
  const row = db.prepare("select count(*) as many from employee_uploads where status = 'uploading' and staged > 0")
    .get();
  return Number(row!["many"]);
}

async function processed(server: RunningServer): Promise<void> {
  const open = () => {
    using db = openFile(server);
    return db.prepare("select 1 from employee_uploads where status in ('staged', 'processing') limit 1").get();
  };
  for (const begunAt = performance.now(); open() !== undefined; await pause(50)) {
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error("The uploads are not processed");
  }
}

/** Waits until what was broken off has gone. */
async function goneOf(server: RunningServer, findings: Findings): Promise<void> {
  const begunAt = performance.now();
  while (uploadingIn(server) > 0 && performance.now() - begunAt < BROKEN_MS) await pause(500);
  using db = openFile(server);
  for (const table of ["employee_rows", "employee_uploads"]) {
    const { many } = db.prepare(`select count(*) as many from ${table} where tenant = 'wash-broken'`).get()!;
    findings.expect("an upload that broke off leaves nothing", many === 0, () => `${many} of ${table}`);
  }
}

/** Files go on coming to a server that nobody kills: how fast its memory grows then. */
async function measureSteadily(
  server: RunningServer,
  { random, size, uploads, findings, tell }: {
    random: Random;
    size: Required<UploadSize>;
    uploads: Uploaded[];
    findings: Findings;
    tell: Course["tell"];
  },
): Promise<Record<string, number>> {
  const begunAt = performance.now();
  const samples: { atMs: number; mib: number }[] = [];
  let count = 0;
  while (performance.now() - begunAt < size.steadyMs) {
    await uploadAll(server, drawOrders(random, { ...size, uploads: 2 }), uploads, findings);
    await processed(server);
    count += size.tenants * 2;
    samples.push({
      atMs: performance.now() - begunAt,
      mib: residentMemory([server.pid, ...descendantsOf(server.pid)]),
    });
  }
  const settled = samples.slice(Math.floor(samples.length / 2));
  const slope = slopeOf(settled) * 60_000;
  findings.expect("memory is flat", slope < MOST_MIB_PER_MINUTE, () => `${slope.toFixed(2)} MiB a minute`);
  tell(`${count} files more, ${Math.round(samples.at(-1)!.mib)} MiB, ${slope.toFixed(2)} MiB a minute`);
  return {
    steadyUploads: count,
    residentMib: Math.round(samples.at(-1)!.mib),
    slopeMibPerMinute: Math.round(slope * 100) / 100,
  };
}

/** By least squares, in MiB per ms. */
function slopeOf(samples: readonly { atMs: number; mib: number }[]): number {
  const mean = (of: (sample: typeof samples[number]) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, mib] = [mean(({ atMs }) => atMs), mean((sample) => sample.mib)];
  const along = samples.reduce((sum, sample) => sum + (sample.atMs - at) * (sample.mib - mib), 0);
  return along / samples.reduce((sum, sample) => sum + (sample.atMs - at) ** 2, 0);
}
