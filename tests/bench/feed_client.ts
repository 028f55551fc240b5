/**
 * Readers of an event stream in a process of their own, made to cost clearly less than the server: bare sockets, and of
 * what comes only the last `id:` of each read is looked for (numbers are dense, so their difference is the events). The
 * first readers look at everything: each frame whole, each number one more than the last, the instant of each event.
 *
 * Says in JSON lines: `{"opened": n}`, then the {@linkcode Reading} when the time is over; or stays until it is killed.
 */
import { createDrive, type Drive } from "./feed_drive.ts";
import { type Deliveries, followClosely, followFast } from "./feed_reader.ts";

export interface Plan {
  readonly port: number;
  readonly path: string;
  readonly readers: number;
  /** `stall`: asks and never reads; `hold`: reads until it is killed and counts nothing. */
  readonly how: "count" | "stall" | "hold";
  /** Readers that verify all they get. */
  readonly close?: number;
  readonly seconds?: number;
  /** What happens meanwhile; absent where the server has something to tell by itself. */
  readonly drive?: Drive;
}

export interface Reading {
  readonly seconds: number;
  readonly bytes: number;
  readonly reads: number;
  readonly deliveries: number;
  /** From the instant of an event's commit (its `at`, in whole ms, taken before the commit) to each of its readers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** From a submission to the answer that it is durable: what of the above is the commit's, and the machine's. */
  readonly durableP99Ms: number;
}

const AT_ONCE = 64;
const READ_BYTES = 64 * 1024;
const HELD_BYTES = 2 * 1024;
/** Of the time, before it counts: so that what is compiled late and what readers open with are over. */
const WARM_SHARE = 0.2;

interface Opened {
  readonly connection: Deno.TcpConn;
  /** The event after which it reads. */
  readonly after: number;
}

async function open(plan: Plan): Promise<Opened[]> {
  const request = new TextEncoder().encode(
    `GET ${plan.path} HTTP/1.1\r\nHost: 127.0.0.1:${plan.port}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  const opened: Opened[] = [];
  let asked = 0;
  const opener = async () => {
    while (asked < plan.readers) {
      asked++;
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: plan.port });
      await connection.write(request);
      opened.push({ connection, after: plan.how === "stall" ? 0 : await openingOf(connection) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, opener));
  return opened;
}

/** Reads the head and what a stream opens with: its place in the log. */
async function openingOf(connection: Deno.TcpConn): Promise<number> {
  const buffer = new Uint8Array(HELD_BYTES);
  for (let text = "";;) {
    const length = await connection.read(buffer);
    text += new TextDecoder().decode(buffer.subarray(0, length ?? 0));
    if (length === null || !"HTTP/1.1 200".startsWith(text.slice(0, 12))) throw new Error(`Not a stream: ${text}`);
    const id = /\bid: (\d+)\n/.exec(text)?.[1];
    if (id !== undefined) return Number(id);
  }
}

async function hold(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(HELD_BYTES);
  while (await connection.read(buffer) !== null);
}

async function count(opened: readonly Opened[], plan: Plan): Promise<Reading> {
  const { close = 0, seconds = 1 } = plan;
  const newest = Float64Array.from(opened, ({ after }) => after);
  const deliveries: Deliveries = { bytes: 0, reads: 0, newest, log: [] };
  const instants = new Map<number, number>();
  const faults: unknown[] = [];
  for (const [reader, { connection }] of opened.entries()) {
    const buffer = new Uint8Array(READ_BYTES);
    const options = { connection, buffer, reader, deliveries };
    (reader < close ? followClosely({ ...options, instants }) : followFast(options)).catch((error) =>
      faults.push(error)
    );
  }
  const drive = plan.drive && createDrive(plan.port, plan.drive, () => slowest(newest));
  await new Promise((resolve) => setTimeout(resolve, WARM_SHARE * seconds * 1_000));
  const from = { at: performance.now(), bytes: deliveries.bytes, reads: deliveries.reads, log: deliveries.log.length };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const measured = performance.now() - from.at;
  const [bytes, reads] = [deliveries.bytes - from.bytes, deliveries.reads - from.reads];
  const log = deliveries.log.slice(from.log);
  const tookMs = await drive?.stop() ?? [];
  if (faults.length > 0) throw faults[0];
  return {
    seconds: measured / 1_000,
    bytes,
    reads,
    ...delaysOf(log, instants),
    durableP99Ms: quantileOf(tookMs, 0.99),
  };
}

function slowest(newest: Float64Array): number {
  return newest.reduce((least, number) => Math.min(least, number), Infinity);
}

function quantileOf(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? NaN;
}

/** `log` holds the number before, the newest, and the instant, of each read. */
function delaysOf(
  log: readonly number[],
  instants: ReadonlyMap<number, number>,
): Pick<Reading, "deliveries" | "p50Ms" | "p99Ms" | "mostMs"> {
  const byMs: number[] = [];
  let deliveries = 0;
  let timed = 0;
  for (let index = 0; index < log.length; index += 3) {
    const [before, last, at] = [log[index]!, log[index + 1]!, log[index + 2]!];
    deliveries += last - before;
    for (let number = before + 1; number <= last; number++) {
      const happenedAt = instants.get(number);
      if (happenedAt === undefined) continue;
      const delay = Math.max(0, Math.round(at - happenedAt));
      byMs[delay] = (byMs[delay] ?? 0) + 1;
      timed++;
    }
  }
  const quantile = (share: number) => {
    let left = timed * share;
    return byMs.findIndex((times) => (left -= times ?? 0) <= 0);
  };
  return { deliveries, p50Ms: quantile(0.5), p99Ms: quantile(0.99), mostMs: Math.max(0, byMs.length - 1) };
}

if (import.meta.main) {
  const plan: Plan = JSON.parse(Deno.args[0]!);
  const opened = await open(plan);
  // deno-lint-ignore no-console -- what it is asked for
  const say = (what: unknown) => console.log(JSON.stringify(what));
  say({ opened: opened.length });
  if (plan.how === "count") {
    say(await count(opened, plan));
    Deno.exit(0);
  }
  if (plan.how === "hold") await Promise.all(opened.map(({ connection }) => hold(connection)));
  else setInterval(() => {}, 1_000_000);
}
