import { join } from "node:path";
import { until } from "./api.ts";
import { projectRoot } from "./lint/project_path.ts";
import { defaultEnv, type RunningServer } from "./running_server.ts";
import { passedOn, readyUrl } from "./server_process.ts";

/** A server that tests share, and a tenant in it that is a test's own. Nobody stops it, nor counts what is not the tenant's. */
export interface SharedServer extends Pick<RunningServer, "url" | "dataDir" | "logs"> {
  readonly tenant: string;
}

/** What the tests of most files need: kinds that fail as they are told, and upstreams and webhooks on this machine. */
const ENV = {
  ACTORS: "tests/support/actors/mod.ts",
  EGRESS_ALLOW: "127.0.0.1/32",
  WEBHOOK_SECRET: `whsec_${new Uint8Array(32).fill(1).toBase64()}`,
};

type Running = Omit<SharedServer, "tenant"> & AsyncDisposable;

/** By what they are told; none before the first test runs. */
const shared = new Map<string, Running | undefined>();
let tenants = 0;

/**
 * The tests of a file that calls this share one server, which starts before the first of them; so do those of all files
 * that one process loads and that ask for the same. What is answered gives each test a tenant that nobody has used.
 */
export function shareServer(env: Readonly<Record<string, string>> = ENV): () => SharedServer {
  const name = JSON.stringify(env);
  if (!shared.has(name)) {
    shared.set(name, undefined);
    Deno.test.beforeAll(async () => void shared.set(name, await start(env)));
    Deno.test.afterAll(async () => await shared.get(name)?.[Symbol.asyncDispose]());
  }
  return () => {
    const { url, dataDir, logs } = shared.get(name)!;
    return { url, dataDir, logs, tenant: `test-${++tenants}` };
  };
}

/** It writes to a file: a pipe that is read from one test into the next would look as if a test had left it. */
async function start(env: Readonly<Record<string, string>>): Promise<Running> {
  const dataDir = await Deno.makeTempDir({ prefix: "mailroom-data-" });
  const output = join(dataDir, "output");
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" >"$0" 2>&1', output, Deno.execPath(), "run", "-A", "--config", "deno.json", "main.ts"],
    cwd: projectRoot,
    clearEnv: true,
    env: { ...passedOn(), ...defaultEnv(dataDir), ...env, PORT: "0" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const logs = () => Deno.readTextFileSync(output).split("\n");
  const stop = async () => {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(dataDir, { recursive: true });
  };
  try {
    const isReady = () => logs().map(readyUrl).find((url) => url !== undefined);
    const url = await until("the shared server is ready", () => Promise.resolve().then(isReady).catch(() => undefined));
    return { url, dataDir, logs, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
