import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { startServer } from "../support/running_server.ts";
import { V8_FLAGS } from "./bench_command.ts";

/** The program as `deno task start` runs it, with what a bench of streams asks of it. */
export interface ParcelsServer extends AsyncDisposable {
  readonly pid: number;
  readonly databasePath: string;
  /** @throws {Error} when it is not 201 */
  createStream(stream: NewStream): Promise<void>;
  pauseStream(name: string): Promise<void>;
}

export interface NewStream {
  readonly tenant?: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly consumers?: number;
  readonly pollIntervalMs?: number;
}

export async function startParcelsServer(dataDir: string): Promise<ParcelsServer> {
  await Deno.mkdir(dataDir, { recursive: true });
  const env = { LOG_LEVEL: "info", EGRESS_ALLOW: "127.0.0.0/8", EVENTS_KEPT: "10000000", DENO_V8_FLAGS: V8_FLAGS };
  const server = await startServer({ dataDir, env });
  const post = async (path: string, tenant: string, body?: object): Promise<void> => {
    const answer = await fetch(`${server.url}/api/streams${path}`, {
      method: "POST",
      headers: { "X-Tenant": tenant, ...body === undefined ? {} : { "content-type": "application/json" } },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST /api/streams${path} was answered ${answer.status}: ${text}`);
  };
  return {
    pid: server.pid,
    databasePath: join(dataDir, "mailroom.db"),
    createStream: ({ tenant = "demo", ...stream }) => post("", tenant, stream),
    pauseStream: (name) => post(`/${name}/pause`, "demo"),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** How far streams are, read where they are kept, so that the server has no part in it. */
export interface StreamsWatch extends Disposable {
  /** Resolves when the stream has read up to this id, and its consumers have no mail left. */
  reaches(name: string, eventId: number): Promise<void>;
  counts(stream: string): { readonly scans: number; readonly parcels: number };
}

const LOOK_EVERY_MS = 10;

export function watchStreams(databasePath: string): StreamsWatch {
  const db = new DatabaseSync(databasePath, { readOnly: true, timeout: 1_000 });
  const checkpoint = db.prepare("select checkpoint from parcel_streams where name = ?");
  const waiting = db.prepare("select 1 as waits from messages where kind = 'parcel-consumer' limit 1");
  const countOf = (table: string) => {
    const statement = db.prepare(`select count(*) as rows from ${table} where stream = ?`);
    return (stream: string) => Number(statement.get(stream)!.rows);
  };
  const [scans, parcels] = [countOf("scans"), countOf("parcels")];
  return {
    async reaches(name, eventId) {
      const isThere = () => Number(checkpoint.get(name)?.checkpoint ?? 0) >= eventId && waiting.get() === undefined;
      while (!isThere()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    },
    counts: (stream) => ({ scans: scans(stream), parcels: parcels(stream) }),
    [Symbol.dispose]: () => db.close(),
  };
}
