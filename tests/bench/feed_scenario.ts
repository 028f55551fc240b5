import { join } from "node:path";
import { usageOf } from "../support/process_tree.ts";
import type { Plan, Reading } from "./feed_client.ts";
import { submitJobs } from "./feed_drive.ts";
import { type IdleSize, measureIdle } from "./feed_idle.ts";
import { read, startReaders } from "./feed_readers.ts";
import { serveBare, type Served, serveMailroom } from "./feed_served.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";

const PATH = "/api/notifications/stream";
const MIB = 1024 * 1024;
/** Of a process's descriptors, for what is no reader. */
const OTHER_FILES = 500;
/** A batch of the backlog, as one commit. */
const BACKLOG_BATCH = 500;

interface Size extends IdleSize {
  readonly readers: number;
  readonly few: number;
  readonly stalled: number;
  readonly seconds: number;
  /** What a stalled reader asks for: more than the system's own buffers hold. */
  readonly backlogJobs: number;
}

const SIZES: Readonly<Record<ScenarioOptions["scale"], Size>> = {
  full: {
    ...{ readers: 1_000, few: 100, stalled: 500, idle: 10_000, seconds: 10, backlogJobs: 25_000 },
    ...{ settleMs: 40_000, aloneMs: 15_000, idleMs: 120_000 },
  },
  quick: {
    ...{ readers: 100, few: 20, stalled: 20, idle: 200, seconds: 0.5, backlogJobs: 500 },
    ...{ settleMs: 0, aloneMs: 300, idleMs: 300 },
  },
};
const LOAD_EVENTS_PER_SECOND = 200;
const SLOW_EVENTS_PER_SECOND = 100;
/** How far what happens may be ahead of the slowest reader. */
const WINDOW_EVENTS = 512;

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
    const [idle, bareIdle] = await Promise.all([
      measureIdle(await serveMailroom(join(folder, "idle")), { size, path: PATH, progress }),
      measureIdle(await serveBare(), { size, path: "/idle", progress }),
    ]);
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
      {
        name: "CPU of an idle server with its host, a second",
        unit: "ms",
        value: idle.aloneMs,
        bare: bare(bareIdle.aloneMs),
      },
      {
        name: "CPU that the idle readers add, a second",
        unit: "ms",
        value: idle.readersMs,
        bare: bare(bareIdle.readersMs),
      },
      {
        name: "CPU that the idle readers add to bare",
        unit: "ratio",
        value: idle.readersMs / bareIdle.readersMs,
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

async function allDone(port: number): Promise<void> {
  for (let pending = 1; pending > 0;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ pending } = await (await fetch(`http://127.0.0.1:${port}/health`)).json());
  }
}

/** The instant of an event is taken before its commit, so its commit is in it; beside it what submissions took. */
function delay({ p99Ms, durableP99Ms }: Reading): Pick<Figure, "unit" | "value" | "bare"> {
  return { unit: "ms", value: p99Ms, bare: { what: "a submission until it is durable", value: durableP99Ms } };
}

const perSecond = ({ deliveries, seconds }: Reading) => deliveries / seconds;
const cpuOf = ({ pid }: Served) => usageOf([pid]).cpuMs;
