import { join } from "node:path";
import { projectRoot } from "../support/lint/project_path.ts";
import { usageOf } from "../support/process_tree.ts";
import { startServer } from "../support/running_server.ts";
import { V8_FLAGS } from "./bench_command.ts";
import type { Plan, Reading } from "./feed_client.ts";
import { submitJobs } from "./feed_drive.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";

const PATH = "/api/notifications/stream";
const MIB = 1024 * 1024;
/** Of a process's descriptors, for what is no reader. */
const OTHER_FILES = 500;
/** A batch of the backlog, as one commit. */
const BACKLOG_BATCH = 500;

interface Size {
  readonly readers: number;
  readonly few: number;
  readonly stalled: number;
  readonly idle: number;
  readonly seconds: number;
  /** What a stalled reader asks for: more than the system's own buffers hold. */
  readonly backlogJobs: number;
  /** Longer than from one heartbeat to the next. */
  readonly idleMs: number;
}

const SIZES: Readonly<Record<ScenarioOptions["scale"], Size>> = {
  full: { readers: 1_000, few: 100, stalled: 500, idle: 10_000, seconds: 10, backlogJobs: 25_000, idleMs: 16_000 },
  quick: { readers: 100, few: 20, stalled: 20, idle: 200, seconds: 0.5, backlogJobs: 500, idleMs: 300 },
};
const LOAD_EVENTS_PER_SECOND = 200;
const SLOW_EVENTS_PER_SECOND = 100;
/** How far what happens may be ahead of the slowest reader. */
const WINDOW_EVENTS = 512;

/** One program that serves streams, and who reads them. */
interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export const feedScenario: Scenario = {
  name: "feed",
  about: "the event stream: deliveries a second, from commit to reader, what a reader costs who stalls or idles",
  async run({ folder, scale, progress }) {
    const size = sizeFor(scale, progress);
    const bound = (bounds: NonNullable<Figure["bound"]>) => scale === "full" ? { bound: bounds } : {};
    const [busy, bareBusy] = [
      await measureBusy(join(folder, "busy"), size, progress),
      await measureBare(size, progress),
    ];
    const idle = await measureIdle(await serveMailroom(join(folder, "idle")), { size, path: PATH, progress });
    const bareIdle = await measureIdle(await serveBare(), { size, path: "/idle", progress });
    const bare = (value: number) => ({ what: "a constant chunk of Deno.serve", value });
    return [
      {
        name: "event deliveries a second",
        unit: "1/s",
        value: perSecond(busy.full),
        bare: bare(bareBusy),
        ...bound({ atLeast: 200_000 }),
      },
      { name: "event deliveries a second at a pace", unit: "1/s", value: perSecond(busy.paced) },
      { name: "CPU of an event delivered at a pace", unit: "us", value: busy.cpuUs },
      { name: "commit to reader at a pace, p99", ...delay(busy.paced), ...bound({ atMost: 150 }) },
      { name: "commit to reader of a few, p99", ...delay(busy.few), ...bound({ atMost: 10 }) },
      { name: "memory of the stalled readers", unit: "MiB", value: busy.stalledMib, ...bound({ atMost: 150 }) },
      { name: "commit to reader beside stalled readers, p99", ...delay(busy.besideStalled), ...bound({ atMost: 150 }) },
      { name: "memory of an idle reader", unit: "bytes", value: idle.bytes, bare: bare(bareIdle.bytes) },
      {
        name: "memory of an idle reader to bare",
        unit: "ratio",
        value: idle.bytes / bareIdle.bytes,
        ...bound({ atMost: 1.5 }),
      },
      { name: "CPU of the idle readers", unit: "ratio", value: idle.share, bare: bare(bareIdle.share) },
      {
        name: "CPU of the idle readers to bare",
        unit: "ratio",
        value: idle.share / bareIdle.share,
        ...bound({ atMost: 1.5 }),
      },
    ];
  },
};

/** Deno asks for all the descriptors that the system allows a process; a reader takes one on either side. */
function sizeFor(scale: ScenarioOptions["scale"], progress: ScenarioOptions["progress"]): Size {
  const size = SIZES[scale];
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const allowed = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity) - OTHER_FILES;
  if (size.idle <= allowed) return size;
  progress(`only ${allowed} idle readers: a process may not have more open files`);
  return { ...size, idle: allowed };
}

async function measureBusy(folder: string, size: Size, progress: ScenarioOptions["progress"]) {
  await using served = await serveMailroom(folder);
  const { port } = served;
  const { seconds } = size;
  const count = (readers: number, drive: Plan["drive"]) =>
    read({ port, path: PATH, readers, how: "count", close: Math.min(readers, 5), seconds, ...(drive && { drive }) });
  const paced = { by: "pace", eventsPerSecond: LOAD_EVENTS_PER_SECOND } as const;

  progress(`${size.few} readers, ${SLOW_EVENTS_PER_SECOND} events a second`);
  const few = await count(size.few, { by: "pace", eventsPerSecond: SLOW_EVENTS_PER_SECOND });
  progress(`${size.readers} readers, ${LOAD_EVENTS_PER_SECOND} events a second`);
  const [begunMs, atPace, endedMs] = [cpuOf(served), await count(size.readers, paced), cpuOf(served)];
  progress(`${size.readers} readers, as fast as they follow`);
  const full = await count(size.readers, { by: "window", events: WINDOW_EVENTS });

  progress(`${size.stalled} stalled readers of ${2 * size.backlogJobs} events`);
  for (let jobs = 0; jobs < size.backlogJobs; jobs += BACKLOG_BATCH) await submitJobs(port, BACKLOG_BATCH);
  await allDone(port);
  const before = usageOf([served.pid]).ownBytes;
  await using _stalled = await startReaders({
    port,
    path: `${PATH}?lastEventId=0`,
    readers: size.stalled,
    how: "stall",
  });
  const besideStalled = await count(size.readers, paced);
  const stalledMib = (usageOf([served.pid]).ownBytes - before) / MIB;
  const cpuUs = (endedMs - begunMs) * 1_000 / atPace.deliveries;
  return { few, paced: atPace, full, besideStalled, stalledMib, cpuUs };
}

async function measureBare(size: Size, progress: ScenarioOptions["progress"]): Promise<number> {
  progress(`${size.readers} readers of a constant chunk`);
  await using bare = await serveBare();
  const { readers, seconds } = size;
  const { bytes, ...reading } = await read({ port: bare.port, path: "/full", readers, how: "count", seconds });
  return bytes / bare.eventBytes / reading.seconds;
}

/** What each idle reader adds to the memory, and what all of them do to a processor. */
async function measureIdle(
  served: Served,
  { size, path, progress }: { size: Size; path: string; progress: ScenarioOptions["progress"] },
): Promise<{ bytes: number; share: number }> {
  await using _served = served;
  const plan: Plan = { port: served.port, path, readers: size.idle, how: "hold" };
  // So that what the first readers bring about, and stays, is no reader's.
  await (await startReaders({ ...plan, readers: 50 }))[Symbol.asyncDispose]();
  const before = usageOf([served.pid]);
  await pass(size.idleMs);
  const alone = usageOf([served.pid]).cpuMs - before.cpuMs;
  progress(`${size.idle} idle readers of ${path}`);
  await using _readers = await startReaders(plan);
  const open = usageOf([served.pid]);
  await pass(size.idleMs);
  const idle = usageOf([served.pid]);
  return {
    bytes: (idle.ownBytes - before.ownBytes) / size.idle,
    share: Math.max(idle.cpuMs - open.cpuMs - alone, 1) / size.idleMs,
  };
}

async function serveMailroom(dataDir: string): Promise<Served> {
  await Deno.mkdir(dataDir, { recursive: true });
  const env = {
    ACTORS: "tests/support/actors/mod.ts",
    LOG_LEVEL: "info",
    MAX_STREAMS: "100000",
    EVENTS_KEPT: "10000000",
    DENO_V8_FLAGS: V8_FLAGS,
  };
  const server = await startServer({ dataDir, env });
  return { pid: server.pid, port: Number(new URL(server.url).port), [Symbol.asyncDispose]: () => server.stop().then() };
}

async function serveBare(): Promise<Served & { readonly eventBytes: number }> {
  const server = await startServer({ entry: "tests/bench/feed_bare.ts", env: { DENO_V8_FLAGS: V8_FLAGS } });
  const eventBytes = Number(/ready \S+ (\S+)/.exec(server.logs().join("\n"))?.[1]);
  return {
    pid: server.pid,
    port: Number(new URL(server.url).port),
    eventBytes,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Readers that stay until they are disposed of. */
async function startReaders(plan: Plan): Promise<AsyncDisposable & { result(): Promise<Reading> }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", join(projectRoot, "tests/deno.json"), client, JSON.stringify(plan)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      }
      const { done, value } = await lines.read();
      if (done) throw new Error(`The readers of ${plan.path} ended early`);
      text += value;
    }
  };
  await next();
  return {
    result: async () => JSON.parse(await next()),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await lines.cancel();
    },
  };
}

const client = join(projectRoot, "tests/bench/feed_client.ts");

async function read(plan: Plan): Promise<Reading> {
  await using readers = await startReaders(plan);
  return await readers.result();
}

async function allDone(port: number): Promise<void> {
  for (let pending = 1; pending > 0;) {
    await pass(100);
    ({ pending } = await (await fetch(`http://127.0.0.1:${port}/health`)).json());
  }
}

/** The instant of an event is taken before its commit, so its commit is in it; beside it what submissions took. */
function delay({ p99Ms, durableP99Ms }: Reading): Pick<Figure, "unit" | "value" | "bare"> {
  return { unit: "ms", value: p99Ms, bare: { what: "a submission until it is durable", value: durableP99Ms } };
}

const perSecond = ({ deliveries, seconds }: Reading) => deliveries / seconds;
const cpuOf = ({ pid }: Served) => usageOf([pid]).cpuMs;
const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
