import type { Health } from "../../runtime/mod.ts";
import { z } from "zod";
import { counter } from "../../actors/counter/counter.ts";
import { importJob } from "../../actors/import/import_job.ts";
import { defineJob } from "../../actors/job/define_job.ts";
import type { Authentication } from "../../routes/access/authentication.ts";
import { type App, createApp } from "../../routes/app.ts";
import type { AppConfig } from "../../routes/env.ts";
import { clientAddress } from "../../routes/limits/client_address.ts";
import { FakeClock } from "./fake_clock.ts";
import { simulateSystem, type SystemSimulator } from "./system_simulator.ts";

/** A job type with every form of result. */
export const greet = defineJob({
  type: "greet",
  payload: z.strictObject({ name: z.string().min(1), times: z.int().max(5).optional() }),
  result: z.object({ greeting: z.string() }),
  renderings: {
    csv: { contentType: "text/csv; charset=utf-8", render: ({ greeting }) => `greeting\r\n${greeting}\r\n` },
    html: { contentType: "text/html; charset=utf-8", render: ({ greeting }) => `<!doctype html><p>${greeting}` },
  },
  run: ({ name }) => ({ greeting: `Hello, ${name}` }),
});

export interface TestApp {
  readonly app: App;
  readonly system: SystemSimulator;
  readonly clock: FakeClock;
  /** What went to the log. */
  readonly errors: readonly unknown[];
  /** A request to the path as a browser of this machine sends it; a body that is no string goes as JSON. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Submits a greeting and answers its id. */
  submit(more?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<string>;
}

export interface AppSetup extends Pick<AppConfig, "maxRequests" | "perMinute" | "corsOrigins" | "role"> {
  readonly maxStreams?: number;
  readonly proxies?: number;
  /** By default it stands at `START`. */
  readonly clock?: FakeClock;
  /** Nobody is asked by default. */
  readonly authentication?: Authentication;
  /** Of a node among others; by default it has its store for itself. */
  readonly standing?: Health["standing"];
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address of the connection. */
  readonly from?: string;
}

export const ORIGIN = "http://127.0.0.1:8000";
export const START: number = Date.parse("2026-11-22T12:00:00.000Z");

/** The whole HTTP side over a simulated system, at noon of a Sunday. */
export function setupApp(
  { maxStreams = 100, proxies = 0, clock = new FakeClock(START), authentication, standing = null, ...bounds }:
    AppSetup = {},
): TestApp {
  const system = simulateSystem({ clock, kinds: [greet, counter, importJob] });
  system.setHealth({ standing });
  const errors: unknown[] = [];
  const app = createApp({
    system,
    clock,
    config: { port: () => 8000, maxStreams, version: "0.1.0", ...bounds },
    addressOf: clientAddress(proxies),
    onError: (error) => errors.push(error),
    startedAt: START,
    ...(authentication === undefined ? {} : { authentication }),
  });
  const send: TestApp["send"] = async (method, path, { body, headers = {}, from = "127.0.0.1" } = {}) => {
    const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array ||
      body instanceof ReadableStream;
    return await app.request(`${ORIGIN}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as BodyInit }),
    }, { remoteAddr: { hostname: from } });
  };
  const post: TestApp["post"] = (path, body, headers = {}) => send("POST", path, { body, headers });
  return {
    app,
    system,
    clock,
    errors,
    send,
    get: (path, headers = {}) => send("GET", path, { headers }),
    post,
    async submit(more = {}, headers = {}) {
      const response = await post("/api/jobs", { type: "greet", payload: { name: "Ada" }, ...more }, headers);
      return (await response.json()).id;
    },
  };
}

/** What every error answer must be; answers its body. */
export async function problemIn(response: Response, status: number): Promise<ProblemBody> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} instead of ${status}: ${text}`);
  if (response.headers.get("content-type") !== "application/problem+json") throw new Error(`no problem: ${text}`);
  const body: ProblemBody = JSON.parse(text);
  if (body.status !== status || !body.title || !body.detail || !body.type) throw new Error(`not whole: ${text}`);
  return body;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
