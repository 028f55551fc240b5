import { cpuUsage } from "node:process";
import { HttpConnection, type HttpRequest, requestBytes } from "./http_connection.ts";

/** What one client does: each connection sends a request when the one before is answered, going round `requests`. */
export interface HttpLoad {
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly HttpRequest[];
  /** That is wanted of each. */
  readonly status: number;
  /** A tenth of it goes before, to warm up. */
  readonly seconds?: number;
  /** Instead of `seconds`: so many requests, from the first on. */
  readonly count?: number;
  /** Of all connections together; as fast as they can by default. */
  readonly perSecond?: number;
}

/** Of single requests, in ms. */
export interface Spent {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface HttpLoadResult extends Spent {
  readonly answered: number;
  /** By status, those that were not what was wanted. */
  readonly refused: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** The same for each of `requests`. */
  readonly each: readonly Spent[];
  /** Of the client itself. */
  readonly cpuUsPerRequest: number;
}

async function measure(load: HttpLoad): Promise<HttpLoadResult> {
  const { port, connections, seconds = Infinity, count = Infinity, status, perSecond } = load;
  const requests = load.requests.map((request) => requestBytes(port, request));
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(port)));
  const refused: Record<string, number> = {};
  const spent = requests.map((): number[] => []);
  const everyMs = perSecond === undefined ? 0 : connections * 1_000 / perSecond;
  const startedAt = performance.now();
  const begunAt = startedAt + (count === Infinity ? seconds * 100 : 0);
  const endsAt = begunAt + seconds * 1_000;
  let next = 0;
  let cpuBefore: ReturnType<typeof cpuUsage> | undefined;
  const goOn = async (connection: HttpConnection, place: number) => {
    for (let dueAt = startedAt + everyMs * place / connections; next < count; dueAt += everyMs) {
      if (everyMs > 0) await untilTime(dueAt);
      const sentAt = performance.now();
      if (sentAt >= endsAt) return;
      if (sentAt >= begunAt) cpuBefore ??= cpuUsage();
      const which = next++ % requests.length;
      const answered = await connection.send(requests[which]!);
      if (answered !== status) refused[answered] = (refused[answered] ?? 0) + 1;
      else if (sentAt >= begunAt) spent[which]!.push(performance.now() - sentAt);
    }
  };
  await Promise.all(open.map(goOn));
  const measuredMs = performance.now() - begunAt;
  const { user, system } = cpuUsage(cpuBefore);
  for (const connection of open) connection.close();
  const all = spent.flat();
  return {
    answered: all.length,
    refused,
    perSecond: all.length / measuredMs * 1_000,
    ...percentiles(all),
    each: spent.map(percentiles),
    cpuUsPerRequest: (user + system) / all.length,
  };
}

function percentiles(spent: readonly number[]): Spent {
  const sorted = Float64Array.from(spent).sort();
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function untilTime(at: number): Promise<void> {
  const waitMs = at - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

// A process of its own, so that the server's loop is not the client's: the load comes in, the result goes out, as JSON.
if (import.meta.main) {
  const load = JSON.parse(await new Response(Deno.stdin.readable).text()) as HttpLoad;
  // deno-lint-ignore no-console -- the result
  console.log(JSON.stringify(await measure(load)));
}
