import { join } from "node:path";
import { descendantsOf, usageOf } from "../support/process_tree.ts";
import { proportionalMemory } from "./memory.ts";
import { type ParcelsServer, startParcelsServer } from "./parcels_server.ts";
import { type ScanSource, startEmptySource } from "./scan_source.ts";
import type { Figure, Scenario, ScenarioOptions } from "./scenario.ts";

interface Size {
  readonly streams: number;
  readonly hosts: number;
  readonly tenants: number;
  readonly pollIntervalMs: number;
  /** Before the server without streams is looked at: V8 collects what its start left half a minute after it. */
  readonly emptyMs: number;
  /** Until all wait for the whole interval between two polls. */
  readonly settleMs: number;
  readonly measuredMs: number;
}

const SIZES: Readonly<Record<ScenarioOptions["scale"], Size>> = {
  full: {
    ...{ streams: 1_000, hosts: 50, tenants: 10, pollIntervalMs: 30_000 },
    ...{ emptyMs: 45_000, settleMs: 90_000, measuredMs: 60_000 },
  },
  quick: {
    ...{ streams: 50, hosts: 5, tenants: 2, pollIntervalMs: 2_000 },
    ...{ emptyMs: 500, settleMs: 2_000, measuredMs: 2_000 },
  },
};
/** 150 MB. */
const MOST_MIB = 150e6 / (1_024 * 1_024);
const ALONE_MS = 15_000;
const CREATED_AT_ONCE = 16;

/** Streams that have nothing to read, and what it costs to ask again and again. */
export const streams: Scenario = {
  name: "streams",
  about: "1,000 streams over 50 hosts that ask every 30 s and are answered that there is nothing",
  runsOnce: true,
  async run({ folder, scale, progress }: ScenarioOptions) {
    const size = SIZES[scale];
    await using source = await startEmptySource();
    await using server = await startParcelsServer(join(folder, "streams"));
    progress("a server without streams");
    await pass(size.emptyMs);
    const empty = await costOf(server, Math.min(ALONE_MS, size.measuredMs));
    progress(`${size.streams} streams over ${size.hosts} hosts`);
    await createStreams(server, source, size);
    await pass(size.settleMs);
    const before = await requestsOf(source);
    progress(`${size.measuredMs / 1_000} s of them`);
    const full = await costOf(server, size.measuredMs);
    const polls = (await requestsOf(source) - before) * 1_000 / size.measuredMs;
    return figuresOf({ empty, full, polls }, scale);
  },
};

interface Cost {
  readonly mib: number;
  /** Processor time in a second, of the server and all that it has started. */
  readonly cpuMs: number;
}

function figuresOf(
  { empty, full, polls }: { empty: Cost; full: Cost; polls: number },
  scale: ScenarioOptions["scale"],
): readonly Figure[] {
  const bound = (atMost: number) => scale === "full" ? { bound: { atMost } } : {};
  const cpuMs = full.cpuMs - empty.cpuMs;
  return [
    { name: "memory that 1,000 idle streams add", unit: "MiB", value: full.mib - empty.mib, ...bound(MOST_MIB) },
    { name: "memory of a server without streams", unit: "MiB", value: empty.mib },
    { name: "CPU that 1,000 idle streams add, a second", unit: "ms", value: cpuMs, ...bound(100) },
    { name: "CPU of a server without streams, a second", unit: "ms", value: empty.cpuMs },
    { name: "polls a second", unit: "1/s", value: polls },
    { name: "CPU of a poll", unit: "us", value: polls === 0 ? 0 : cpuMs * 1_000 / polls },
  ];
}

async function createStreams(server: ParcelsServer, source: ScanSource, size: Size): Promise<void> {
  const { streams, hosts, tenants, pollIntervalMs } = size;
  let made = 0;
  const client = async () => {
    for (let index = made++; index < streams; index = made++) {
      const baseUrl = new URL(source.url);
      baseUrl.hostname = `127.0.0.${1 + index % hosts}`;
      const stream = { tenant: `t${index % tenants}`, name: `s${index}`, baseUrl: baseUrl.href, pollIntervalMs };
      await server.createStream(stream);
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, client));
}

/** Of the whole tree, with what of its pages is shared counted once. */
async function costOf({ pid }: ParcelsServer, ms: number): Promise<Cost> {
  const pids = () => [pid, ...descendantsOf(pid)];
  const begun = usageOf(pids());
  await pass(ms);
  const ended = usageOf(pids());
  return { mib: proportionalMemory(pids()), cpuMs: (ended.cpuMs - begun.cpuMs) * 1_000 / ms };
}

async function requestsOf({ url }: ScanSource): Promise<number> {
  const { requests } = await (await fetch(new URL("/requests", url))).json() as { requests: number };
  return requests;
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
