import { createApp } from "../../../routes/app.ts";
import { systemClock } from "../../../runtime/core/clock.ts";
import { until } from "../api.ts";
import { pageFault, problemFault } from "../problem_faults.ts";
import { registry } from "../registry/fuzz_registry.ts";
import { startServer } from "../running_server.ts";
import { ORIGIN } from "../test_app.ts";
import { setup } from "../test_system.ts";

/** A request as a client would have it, before it is one. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** What is fuzzed. */
export interface FuzzRig extends AsyncDisposable {
  /** The answer's status and text. @throws {Error} when it is none that may be given to anything */
  ask(asked: Asked): Promise<{ readonly status: number; readonly text: string }>;
  /** Resolves when all that was taken in has been handled. */
  quiet(): Promise<void>;
}

const REGISTRY_URL = new URL("../registry/fuzz_registry.ts", import.meta.url).href;

/** Of the name that paths have. */
const SCHEDULE = {
  name: "add",
  timing: { everyMs: 86_400_000 },
  target: { kind: "counter", key: "main", message: "add", payload: { by: 1 } },
  catchUp: "latest",
  catchUpLimit: 1,
  jitterMs: 0,
  enabled: false,
} as const;

/** Everything behind the socket, in this process: the whole HTTP side over a real node and its file. */
export async function setupFuzz(): Promise<FuzzRig> {
  const node = await setup({ kinds: { registry, registryUrl: REGISTRY_URL } });
  // It would call the outside.
  await node.system.control.pauseKind("demo", "webhook");
  await node.system.schedules.create("demo", SCHEDULE);
  const errors: unknown[] = [];
  const app = createApp({
    system: node.system,
    clock: systemClock,
    config: { port: () => Number(new URL(ORIGIN).port), maxStreams: 10, version: "0.1.0" },
    onError: (error) => errors.push(error),
    startedAt: systemClock.now(),
  });
  return {
    async ask(asked) {
      const response = await app.request(ORIGIN + asked.path, initOf(asked));
      return await mustBear(asked, response, () => errors.splice(0));
    },
    quiet: node.quiet,
    async [Symbol.asyncDispose]() {
      node.system.feed.close();
      await node[Symbol.asyncDispose]();
    },
  };
}

/** The real program in a process of its own, over the wire. */
export async function setupServedFuzz(): Promise<FuzzRig> {
  const env = { ACTORS: "tests/support/registry/fuzz_registry.ts", ACTOR_ISOLATION: "inline", LOG_LEVEL: "info" };
  const server = await startServer({ env });
  const isQuiet = async () => {
    const { pending, queuedCommits } = await (await fetch(`${server.url}/health`)).json();
    return pending + queuedCommits === 0 || undefined;
  };
  return {
    async ask(asked) {
      const errors = () => server.logs().filter((line) => line.includes("request failed"));
      return await mustBear(asked, await fetch(server.url + asked.path, initOf(asked)), errors);
    },
    quiet: async () => void await until("all is handled", isQuiet),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function initOf({ method, headers, body }: Asked): RequestInit {
  return { method, headers: { ...headers }, ...(body === undefined || method === "GET" ? {} : { body }) };
}

/** Reads an answer. @throws {Error} when it may not be given to anything, or the log tells of an error */
async function mustBear(
  { method, path, headers, body }: Asked,
  response: Response,
  errors: () => readonly unknown[],
): Promise<{ readonly status: number; readonly text: string }> {
  const { status } = response;
  if (response.headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
    return { status, text: "" };
  }
  const text = await response.text();
  const isPage = path.startsWith("/console") && new Headers(headers).get("accept")?.includes("text/html");
  const fault = method === "HEAD"
    ? null
    : isPage
    ? pageFault({ status, headers: response.headers, text })
    : problemFault({ status, headers: response.headers, text });
  const told = errors().map((error) => `; the log says ${error}`).join("");
  if (fault === null && told === "") return { status, text };
  const sent = `${method} ${path} ${JSON.stringify(headers)} ${
    body === undefined ? "" : new TextDecoder().decode(body)
  }`;
  throw new Error(`${fault}${told}\nsent: ${sent}\ngot: ${status} ${text.slice(0, 500)}`);
}
