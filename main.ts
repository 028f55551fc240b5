/**
 * The composition root: reads the environment, opens store and host, joins them to a node, and serves it over HTTP.
 * It ends in the other order: readiness off, streams told to come back, turns finished or handed back, store closed.
 * With a command (`backup`, `restore`) it does that to the data and serves nothing.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createApp } from "./routes/app.ts";
import {
  chooseHost,
  closeLog,
  configureLog,
  createDiagnostics,
  createLog,
  createSystem,
  loadConfig,
  observeWithLog,
  openStore,
  type Registry,
  RuntimeError,
  sleep,
  systemClock,
  systemRandom,
} from "./runtime/mod.ts";
import project from "./deno.json" with { type: "json" };

/** What may still be under way when the turns have had their time. */
const HARD_STOP_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** For answers on their way when everything else has ended. */
const LINGER_MS = 2_000;

async function main(): Promise<void> {
  const begunAt = systemClock.monotonic();
  const config = loadConfig(Deno.env.toObject());
  const format = config.LOG_FORMAT ?? (Deno.stdout.isTerminal() ? "text" : "json");
  await configureLog({ level: config.LOG_LEVEL, format, file: config.LOG_FILE });
  const diagnostics = createDiagnostics();
  observeWithLog(diagnostics);
  const log = createLog(["mailroom"]);

  const registryUrl = pathToFileURL(resolve(config.ACTORS)).href;
  const { registry } = await import(registryUrl) as { registry: Registry };
  const store = await openStore({
    databaseUrl: config.DATABASE_URL,
    registry,
    registryUrl,
    node: "main",
    now: systemClock.now(),
  });
  const createHost = await chooseHost({
    isolation: config.ACTOR_ISOLATION,
    registry,
    workerUrl: new URL("./worker.ts", registryUrl).href,
    workers: config.WORKERS ?? Math.max(1, navigator.hardwareConcurrency - 1),
    childMemoryMb: config.CHILD_MEMORY_MB,
    configUrl: import.meta.resolve("./deno.json"),
    sourceUrls: [import.meta.resolve("./actors/")],
    env: Deno.env.toObject(),
    clock: systemClock,
    random: systemRandom,
  });
  const system = createSystem({
    registry,
    store,
    createHost,
    clock: systemClock,
    random: systemRandom,
    diagnostics,
    tenantPendingLimit: config.TENANT_PENDING_LIMIT,
    ...(config.TENANT_CONCURRENCY === undefined ? {} : { tenantLimit: config.TENANT_CONCURRENCY }),
    weightOf: (tenant) => config.TENANT_WEIGHTS.get(tenant) ?? 1,
    eventsKept: config.EVENTS_KEPT,
    keptMs: { jobs: config.JOBS_KEPT_DAYS * DAY_MS, "dead-letters": config.DEAD_LETTERS_KEPT_DAYS * DAY_MS },
    onFatal: (error) => fail(error),
  });

  let port = config.PORT;
  const app = createApp({
    system,
    clock: systemClock,
    config: { port: () => port, maxStreams: config.MAX_STREAMS, version: project.version },
    onError: (error, request) => log.error("request failed", { ...request, error }),
    startedAt: systemClock.now(),
  });
  const server = Deno.serve({ hostname: config.HOST, port: config.PORT, onListen: () => {} }, app.fetch);
  port = server.addr.port;

  const stop = once(async (signal: string) => {
    log.info("stopping", { signal });
    const cancel = systemClock.after(config.STOP_GRACE_MS + HARD_STOP_MS, () => Deno.exit(1));
    await system.stop({ graceMs: config.STOP_GRACE_MS });
    // A reader that does not read keeps its connection; what it misses it finds when it comes back.
    await Promise.race([server.shutdown(), sleep(systemClock, LINGER_MS)]);
    await closeLog();
    cancel();
    Deno.exit(0);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, () => stop(signal));

  await system.start();
  log.warn("open to this machine: the tenant is what X-Tenant or ?tenant= says", { default: "demo" });
  log.info("ready", {
    url: `http://${config.HOST.includes(":") ? `[${config.HOST}]` : config.HOST}:${port}`,
    startMs: Math.round(systemClock.monotonic() - begunAt),
    database: config.DATABASE_URL,
    actors: [...registry.kinds.keys()].join(" "),
  });
}

function once<A>(act: (argument: A) => Promise<void>): (argument: A) => void {
  let begun = false;
  return (argument) => {
    if (begun) return;
    begun = true;
    act(argument).catch(fail);
  };
}

/** `main.ts backup [TARGET]` and `main.ts restore SOURCE`, which are not needed to serve. */
async function maintainStore(command: string, operands: readonly string[]): Promise<void> {
  const { maintain } = await import("./runtime/store/maintenance.ts");
  const config = loadConfig(Deno.env.toObject());
  const { registry } = await import(pathToFileURL(resolve(config.ACTORS)).href) as { registry: Registry };
  // deno-lint-ignore no-console -- a command that speaks to a person
  const say = (line: string) => console.log(line);
  await maintain(command, operands, { databaseUrl: config.DATABASE_URL, registry, clock: systemClock, say });
}

/** Ends the process with a line that a person can act on. */
function fail(error: unknown): never {
  const known = error instanceof RuntimeError;
  // deno-lint-ignore no-console -- the log may not be configured yet
  console.error(known ? `mailroom: ${error.message} (${error.code})` : error);
  Deno.exit(1);
}

const [command, ...operands] = Deno.args;
await (command === undefined ? main() : maintainStore(command, operands)).catch(fail);
