import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { before, PATIENCE_MS } from "./deadline.ts";
import { deployDeno, shareDownloads } from "./deploy_deno.ts";
import { projectRoot } from "./lint/project_path.ts";
import { createLogLines, readLines } from "./log_lines.ts";
import { passedOn } from "./server_process.ts";

/** What of the project is deployed; deno.json comes without `unstable`, which the platform is not known to heed. */
const DEPLOYED = ["actors", "runtime", "routes", "main.ts", "deno.lock"];
/** Beside it, with what it imports: kinds that only tests have use for. */
const TEST_ACTORS = "tests/support/actors";
const FOR_TEST_ACTORS = { "@mailroom/mailroom": "./actors/authoring.ts" };
const PLATFORM = fileURLToPath(import.meta.resolve("./deploy_platform.ts"));
/** Between SIGINT and SIGKILL. */
const KILLED_AFTER_MS = 5_000;

/** The project as it lies on Deno Deploy, and instances of it. */
export interface Deployment extends AsyncDisposable {
  /** Runs the pre-deploy command, and answers what it printed. @throws {Error} when it fails */
  predeploy(): Promise<string>;
  /** Starts one more; resolves when it serves. */
  start(): Promise<Instance>;
  /** Runs an expression in that Deno. */
  evaluate(code: string): Promise<string>;
}

export interface Instance {
  readonly url: string;
  readonly pid: number;
  /** The platform runs the heartbeat; resolves when it has ended. @throws {Error} when it fails, or lasts longer than a minute */
  heartbeat(): Promise<void>;
  /** Ends it as the platform does: SIGINT, and SIGKILL 5 s later. */
  evict(): Promise<Eviction>;
  /** What no platform announces. */
  kill(): Promise<void>;
  readonly exited: Promise<number>;
  /** Threads of Deno's workers in it. */
  readonly workers: number;
  logs(): readonly string[];
}

export interface Eviction {
  readonly code: number;
  readonly killed: boolean;
}

/** What an instance says of itself, or the platform in it. */
interface Told {
  readonly told?: "serves" | "ran" | "failed" | "late";
  readonly crons?: readonly string[];
}

/** The project laid out, with the environment that the platform gives and `env` as its owner's settings. */
export async function deploy(env: Readonly<Record<string, string>>): Promise<Deployment> {
  const { app, cache } = await (laidOut ??= layOut());
  const deno = await deployDeno();
  const given = {
    PATH: passedOn().PATH ?? "",
    DENO_DIR: cache,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    DENO_DEPLOY: "true",
    DENO_DEPLOYMENT_ID: "tests0deployment",
    DENO_DEPLOY_BUILD_ID: "tests0build",
    DENO_TIMELINE: "production",
    ACTORS: `${TEST_ACTORS}/mod.ts`,
    ...env,
  };
  const options = { cwd: app, clearEnv: true, stdout: "piped", stderr: "piped" } as const;
  const instances: Instance[] = [];

  const run = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await new Deno.Command(deno, { ...options, args: [...args], env: given }).output();
    const printed = new TextDecoder().decode(stdout);
    if (code !== 0) throw new Error(`${args.join(" ")}: ${code}\n${printed}${new TextDecoder().decode(stderr)}`);
    return printed;
  };
  return {
    predeploy: () => run(["task", "migrate"]),
    evaluate: (code) => run(["eval", code]),
    async start() {
      const child = new Deno.Command(deno, {
        ...options,
        // Everything is allowed there, and no file is written here.
        args: ["run", "-A", "--deny-write", "--cached-only", "--frozen", `--preload=${PLATFORM}`, "main.ts"],
        env: { ...given, DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" },
        stdin: "piped",
      }).spawn();
      const instance = await follow(child);
      instances.push(instance);
      return instance;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(instances.map((instance) => instance.kill()));
    },
  };
}

let laidOut: Promise<LaidOut> | undefined;

interface LaidOut {
  readonly app: string;
  /** Of its Deno. */
  readonly cache: string;
}

/** Once in a test file, whose deployments differ in their settings only; removed when it has ended. */
async function layOut(): Promise<LaidOut> {
  const folder = await Deno.makeTempDir({ prefix: "mailroom-deploy-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const [app, cache] = [join(folder, "app"), join(folder, "cache")];
  await Deno.mkdir(join(app, "tests/support"), { recursive: true });
  for (const name of [...DEPLOYED, TEST_ACTORS]) {
    const copy = new Deno.Command("cp", { args: ["-r", join(projectRoot, name), join(app, name)] });
    if (!(await copy.output()).success) throw new Error(`${name} cannot be copied`);
  }
  const { unstable: _, imports, ...config } = JSON.parse(await Deno.readTextFile(join(projectRoot, "deno.json")));
  const written = JSON.stringify({ ...config, imports: { ...imports, ...FOR_TEST_ACTORS } });
  await Deno.writeTextFile(join(app, "deno.json"), written);
  await shareDownloads({ project: app, cache });
  return { app, cache };
}

async function follow(child: Deno.ChildProcess): Promise<Instance> {
  const log = createLogLines(500);
  const stdin = child.stdin.getWriter();
  const serves = Promise.withResolvers<readonly string[]>();
  const ready = Promise.withResolvers<string>();
  let beaten = Promise.withResolvers<void>();
  beaten.promise.catch(() => {});
  const onLine = (line: string) => {
    log.add(line);
    const said = jsonOf(line);
    if (said?.told === "serves") serves.resolve(said.crons!);
    else if (said?.told === "late") ready.reject(new Error(`A cron was registered too late: ${line}`));
    else if (said?.told === "ran") beaten.resolve();
    else if (said?.told === "failed") beaten.reject(new Error(line));
    const url = /"message":"(ready|waiting)"/.test(line) ? line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] : undefined;
    if (url !== undefined) ready.resolve(url);
  };
  const never = new AbortController();
  const read = [child.stdout, child.stderr].map((out) => readLines(out, onLine, never));
  let isOver = false;
  const exited = child.status.then(async ({ code }) => {
    isOver = true;
    await Promise.all(read);
    await stdin.close().catch(() => {});
    return code;
  });
  const failed = (how: string) => new Error(`The instance ${how}; its last lines:\n${log.tail(30)}`);
  const signal = (name: Deno.Signal) => {
    if (!isOver) child.kill(name);
  };
  exited.then((code) => {
    ready.reject(failed(`exited with code ${code} before it was ready`));
    beaten.reject(failed(`exited with code ${code}`));
  });
  const kill = async () => {
    signal("SIGKILL");
    await exited;
  };
  try {
    const url = await before(ready.promise, PATIENCE_MS, () => failed("was not ready in time"));
    const crons = await serves.promise;
    if (!crons.includes("heartbeat")) throw failed(`registered ${crons.length} crons and no heartbeat`);
    return {
      url,
      pid: child.pid,
      exited,
      kill,
      logs: () => log.all(),
      get workers() {
        const tasks = [...Deno.readDirSync(`/proc/${child.pid}/task`)].map(({ name }) => name);
        const names = tasks.map((task) => Deno.readTextFileSync(`/proc/${child.pid}/task/${task}/comm`).trim());
        return names.filter((name) => name.startsWith("worker-")).length;
      },
      async heartbeat() {
        beaten = Promise.withResolvers();
        await stdin.write(new TextEncoder().encode("heartbeat\n"));
        await before(beaten.promise, PATIENCE_MS, () => failed("did not end its heartbeat"));
      },
      async evict() {
        signal("SIGINT");
        let killed = false;
        const code = await before(exited, KILLED_AFTER_MS, () => new Error("late")).catch(async () => {
          killed = true;
          await kill();
          return await exited;
        });
        return { code, killed };
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

function jsonOf(line: string): Told | undefined {
  try {
    return JSON.parse(line) as Told;
  } catch {
    return undefined;
  }
}
