import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { JobStatus } from "../../actors/job/rows.ts";
import type { JobView } from "../../routes/job_view.ts";
import type { Submission, Submitted } from "../../routes/submission.ts";
import { before, PATIENCE_MS } from "./deadline.ts";
import { readSse } from "./sse_reader.ts";

const POLL_MS = 20;
const ENDINGS: readonly JobStatus[] = ["succeeded", "failed", "cancelled"];

/** A row of `GET /api/jobs/{id}/logs`. */
export interface Attempt {
  readonly run: number;
  readonly attempt: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly outcome: string;
  readonly error:
    | { readonly code: string; readonly message: string; readonly verdict: string; readonly stack?: string }
    | null;
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields?: object }[];
}

/** An event as the stream tells it. */
export interface ToldEvent {
  readonly number: number;
  readonly type: string;
  readonly subject: string;
  readonly at: string;
  // deno-lint-ignore no-explicit-any -- each type of event has data of its own
  readonly data: any;
}

/** What a client of the running server does, without a word on HTTP where that is not the matter. */
export interface Api {
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** @throws {Error} unless it is answered 201, or 200 for a dedupe key */
  submit(job: Submission): Promise<Submitted>;
  job(id: string): Promise<JobView>;
  /** The job once it is of this status. @throws {Error} when it ends otherwise, or after 20 s */
  waitFor(id: string, status: JobStatus): Promise<JobView>;
  logs(id: string): Promise<readonly Attempt[]>;
  /** The events after this number, up to and with the one that `isLast`. */
  eventsSince(number: number, isLast: (event: ToldEvent) => boolean): Promise<readonly ToldEvent[]>;
}

/** As the server's own tenant where it has one, as a shared one has, unless another is named. */
export function apiOf(
  server: { readonly url: string; readonly tenant?: string },
  { tenant = server.tenant ?? "demo" } = {},
): Api {
  const send: Api["send"] = (method, path, body, headers = {}) =>
    fetch(server.url + path, {
      method,
      headers: {
        "x-tenant": tenant,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const read = async (path: string) => await expectOk(await send("GET", path));
  const api: Api = {
    send,
    submit: async (job) => await expectOk(await send("POST", "/api/jobs", job)),
    job: (id) => read(`/api/jobs/${id}`),
    waitFor: (id, status) =>
      until(`job ${id} is ${status}`, async () => {
        const job = await api.job(id);
        if (job.status === status) return job;
        if (ENDINGS.includes(job.status)) throw new Error(`Not ${status}, but: ${JSON.stringify(job)}`);
        return undefined;
      }),
    logs: async (id) => (await read(`/api/jobs/${id}/logs`)).items,
    async eventsSince(number, isLast) {
      const response = await send("GET", `/api/notifications/stream?lastEventId=${number}`);
      const reader = readSse(response);
      try {
        return await before(readUntil(reader, isLast), PATIENCE_MS, () => new Error("The event did not come"));
      } finally {
        await reader.cancel();
      }
    },
  };
  return api;
}

/** What `look` finds, asked again every 20 ms until it is something. @throws {Error} after a minute */
export async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const begunAt = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`After ${PATIENCE_MS} ms it is not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What the server's database file says, read past the server, dead or alive. */
export function rowsOf(
  server: { readonly dataDir: string },
  sql: string,
  ...values: SQLInputValue[]
): Record<string, unknown>[] {
  using db = new DatabaseSync(join(server.dataDir, "mailroom.db"), { readOnly: true, timeout: 5_000 });
  return db.prepare(sql).all(...values).map((row) => ({ ...row }));
}

async function readUntil(
  reader: ReturnType<typeof readSse>,
  isLast: (event: ToldEvent) => boolean,
): Promise<ToldEvent[]> {
  const events: ToldEvent[] = [];
  for (;;) {
    const frame = await reader.nextEvent();
    if (frame === null) throw new Error(`The stream ended after ${JSON.stringify(events.at(-1))}`);
    const event = { ...JSON.parse(frame.data!), number: Number(frame.id) } as ToldEvent;
    events.push(event);
    if (isLast(event)) return events;
  }
}

// deno-lint-ignore no-explicit-any -- JSON of the shape that the caller names
async function expectOk(response: Response): Promise<any> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.url} answered ${response.status}: ${text}`);
}

/** What a request is answered with, whatever else the answer says. */
export async function statusOf(answered: Promise<Response>): Promise<number> {
  const { status, body } = await answered;
  await body?.cancel();
  return status;
}
