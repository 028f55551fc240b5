/**
 * The composition root: reads the environment, opens store and host, joins them to a node, and serves it over HTTP.
 *
 * It ends on SIGTERM, SIGINT or SIGHUP: readiness off and streams told to come back at once, turns finished or handed
 * back, answers given, store closed, exit 0. Connections are accepted while turns end, so that a balancer and a person
 * can see why nothing is taken; commands are answered 503. Storage that refuses writes holds this up for seconds, and is
 * no failure: what was not written runs again. Exit 1 says that it did not end in time.
 * With a command it does that and serves nothing. On Deno Deploy (runtime/system/deployed.ts) it answers when it can work.
 *
 * `Deno.cron` only wakes it, every minute: there is one, as what comes due and when is said by rows (runtime/schedule/), and
 * nodes have timers of their own for that. It finds what a timer does not know of, and on Deno Deploy it starts the process.
 * Its schedule has neither numbers for weekdays (they are Quartz's there) nor retries (they would swallow the next minute).
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chooseAuthentication } from "./routes/access/choose.ts";
import { createApp } from "./routes/app.ts";
import { clientAddress } from "./routes/limits/client_address.ts";
import { perMinute } from "./routes/limits/per_minute.ts";
import { createNotice } from "./routes/pages/notice.ts";
import { beginStandingWork } from "./routes/standing_work.ts";
import {
  awaitsDatabase,
  chooseEgress,
  chooseHost,
  chooseMail,
  chooseTelemetry,
  closeLog,
  configureLog,
  createDiagnostics,
  createLog,
  deployedEnv,
  isDeployed,
  isTelemetryOn,
  keptMsOf,
  listenForSignals,
  loadConfig,
  nodeName,
  observeWithLog,
  openStore,
  poolOf,
  type Registry,
  RuntimeError,
  shownUrl,
  sleep,
  type System,
  systemClock,
  systemRandom,
} from "./runtime/mod.ts";
import project from "./deno.json" with { type: "json" };

/** What may still be under way when turns have had their time; on Deno Deploy SIGKILL comes after 5 s, the grace included. */
const HARD_STOP_MS = { here: 5_000, deployed: 2_500 };
/** For answers on their way; a reader that does not read keeps its connection longer. */
const LAST_ANSWERS_MS = 1_000;
/** How long a heartbeat keeps the process that it woke; the next one comes after a minute. */
const HEARTBEAT_MS = 50_000;

async function main(): Promise<void> {
  const begunAt = systemClock.monotonic();
  const signals = listenForSignals(systemClock);
  const deployed = isDeployed(Deno.env.toObject()) ? deployedEnv(Deno.env.toObject(), systemRandom) : null;
  const env = deployed?.env ?? Deno.env.toObject();
  const onDeploy = deployed !== null;
  const notice = createNotice(deployed?.missing ?? []);
  if (deployed?.missing.includes("database")) {
    awake.resolve(null);
    signals.obey(() => Deno.exit(0), () => Deno.exit(1));
    await configureLog({ level: "info", format: "json" });
    const { port } = Deno.serve({ onListen: () => {} }, (request) => notice!(request)!).addr;
    return createLog(["mailroom"]).warn("waiting", { missing: deployed.missing, url: `http://127.0.0.1:${port}` });
  }
  const config = loadConfig(env);
  const format = config.LOG_FORMAT ?? (Deno.stdout.isTerminal() ? "text" : "json");
  const bySeverity = isTelemetryOn(env);
  await configureLog({ level: config.LOG_LEVEL, format, file: config.LOG_FILE, bySeverity });
  const diagnostics = createDiagnostics();
  const telemetry = await chooseTelemetry(env, { diagnostics, clock: systemClock });
  observeWithLog(telemetry.diagnostics);
  const log = createLog(["mailroom"]);
  for (const warning of deployed?.warnings ?? []) log.warn(warning);

  const registryUrl = pathToFileURL(resolve(config.ACTORS)).href;
  const { registry } = await import(registryUrl) as { registry: Registry };
  const { ROLE: role, LEASE_MS: leaseMs } = config;
  const store = await openStore({
    databaseUrl: config.DATABASE_URL,
    migrateUrl: config.DATABASE_MIGRATE_URL,
    readUrl: config.DATABASE_READ_URL,
    ...{ registry, registryUrl, role, leaseMs, pool: poolOf(config) },
    node: nodeName(config),
    now: systemClock.now(),
  });
  const configUrl = import.meta.resolve("./deno.json");
  const createHost = await chooseHost({
    isolation: config.ACTOR_ISOLATION,
    onDeploy,
    registry,
    workerUrl: new URL("./worker.ts", registryUrl).href,
    workers: config.WORKERS ?? Math.max(1, navigator.hardwareConcurrency - 1),
    memoryMb: config.CHILD_MEMORY_MB,
    configUrl,
    sourceUrls: [import.meta.resolve("./actors/")],
    env,
    clock: systemClock,
    random: systemRandom,
  });
  const mail = chooseMail(config, { onDeploy });
  const egress = await chooseEgress({
    isolation: config.ACTOR_ISOLATION,
    onDeploy,
    registry,
    allowed: config.EGRESS_ALLOW,
    webhookKeys: config.WEBHOOK_SECRET,
    configUrl,
    env: { ...env, SMTP_URL: mail.url },
    clock: systemClock,
    diagnostics,
  });
  const system = telemetry.createSystem({
    ...{ registry, store, createHost, egress, env, role, leaseMs },
    files: mail.keep({ clock: systemClock, diagnostics }),
    clock: systemClock,
    random: systemRandom,
    diagnostics,
    tenantPendingLimit: config.TENANT_PENDING_LIMIT,
    ...(config.TENANT_CONCURRENCY === undefined ? {} : { tenantLimit: config.TENANT_CONCURRENCY }),
    weightOf: (tenant) => config.TENANT_WEIGHTS.get(tenant) ?? 1,
    eventsKept: config.EVENTS_KEPT,
    keptMs: keptMsOf(config),
    onFatal: (error) => fail(error),
  });

  const addressOf = clientAddress(config.TRUSTED_PROXIES);
  const authentication = await chooseAuthentication({
    config,
    clock: systemClock,
    fetch,
    isPublic: onDeploy,
    onKeysMissing: (error) => log.warn("keys of tokens not fetched", { error }),
  });
  let port = config.PORT;
  const app = createApp({
    system,
    clock: systemClock,
    config: {
      port: () => port,
      maxStreams: config.MAX_STREAMS,
      maxRequests: config.MAX_REQUESTS,
      perMinute: {
        address: perMinute(config.RATE_LIMIT_ADDRESS, authentication),
        tenant: perMinute(config.RATE_LIMIT_TENANT, authentication),
      },
      corsOrigins: config.CORS_ORIGINS,
      egressAllow: config.EGRESS_ALLOW,
      maildir: mail.maildir,
      version: project.version,
      role: config.ROLE,
    },
    authentication,
    addressOf,
    reserve: store.shared?.reserve,
    onRoute: telemetry.request,
    onError: (error, request) => log.error("request failed", { ...request, error }),
    startedAt: systemClock.now(),
  });
  const handler: Deno.ServeHandler = (request, info) => notice?.(request) ?? app.fetch(request, info);
  const listen = () => {
    const place = onDeploy ? {} : { hostname: config.HOST, port: config.PORT };
    const serving = Deno.serve({ ...place, onListen: () => {} }, notice === null ? app.fetch : handler);
    port = serving.addr.port;
    return serving;
  };
  let server = onDeploy ? null : listen();

  const stop = async (signal: string) => {
    log.info("stopping", { signal });
    const graceMs = config.STOP_GRACE_MS;
    systemClock.after(
      graceMs + HARD_STOP_MS[onDeploy ? "deployed" : "here"],
      () => fail(new RuntimeError("timed-out", "The server did not stop in time; what it ran, runs again")),
    );
    const beforeClose = () => Promise.race([server?.shutdown(), sleep(systemClock, LAST_ANSWERS_MS)]);
    await system.stop({ graceMs, beforeClose });
    await closeLog();
    Deno.exit(0);
  };
  signals.obey((signal) => void stop(signal).catch(fail), () => system.stop({ graceMs: 0 }));

  await system.start().catch(async (error) => {
    // Stopped while it started: that ends the process.
    if (signals.asked) await new Promise(() => {});
    throw error;
  });
  await beginStandingWork(system, config, (message, fields) => log.info(message, fields));
  server ??= listen();
  awake.resolve(system);
  if (authentication.isOpen) {
    log.warn("open to this machine: the tenant is what X-Tenant or ?tenant= says", { default: "demo" });
  }
  log.info("ready", {
    url: `http://${config.HOST.includes(":") ? `[${config.HOST}]` : config.HOST}:${port}`,
    startMs: Math.round(systemClock.monotonic() - begunAt),
    database: shownUrl(config.DATABASE_URL),
    actors: [...registry.kinds.keys()].join(" "),
  });
}

/** `backup [TARGET]`, `restore SOURCE`, `move --from A --to B`, `migrate`, `schema`, `token`: not needed to serve. */
async function obey(command: string, operands: readonly string[]): Promise<void> {
  const env = Deno.env.toObject();
  // deno-lint-ignore no-console -- a command that speaks to a person
  const say = (line: string) => console.log(line);
  if (command === "migrate" && awaitsDatabase(env)) {
    return say("There is no database yet: attach one to the app on Deno Deploy");
  }
  const config = loadConfig(env);
  if (command === "token") {
    const { issueToken } = await import("./routes/access/issue_token.ts");
    return say(await issueToken(operands, { config, clock: systemClock }));
  }
  const { maintain } = await import(
    import.meta.resolve("./runtime/store/maintenance.ts")
  ) as typeof import("./runtime/store/maintenance.ts");
  const { registry } = await import(pathToFileURL(resolve(config.ACTORS)).href) as { registry: Registry };
  const { DATABASE_URL: databaseUrl, DATABASE_MIGRATE_URL: migrateUrl } = config;
  await maintain(command, operands, { databaseUrl, migrateUrl, registry, clock: systemClock, say });
}

/** Ends the process with a line that a person can act on. */
function fail(error: unknown): never {
  const known = error instanceof RuntimeError;
  // deno-lint-ignore no-console -- the log may not be configured yet
  console.error(known ? `mailroom: ${error.message} (${error.code})` : error);
  Deno.exit(1);
}

const [command, ...operands] = Deno.args;
/** What a heartbeat wakes; null where there is nothing to do. */
const awake = Promise.withResolvers<System | null>();
// Here, as Deno Deploy finds crons by evaluating this module. On Deno without the flag that deno.json turns on there are none.
if (command === undefined) {
  Deno.cron?.("heartbeat", "* * * * *", { backoffSchedule: [] }, async () => {
    await (await awake.promise)?.wake(AbortSignal.timeout(HEARTBEAT_MS));
  });
}
await (command === undefined ? main() : obey(command, operands)).catch(fail);
