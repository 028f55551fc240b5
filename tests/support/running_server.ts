import { join } from "node:path";
import { before } from "./deadline.ts";
import { createLogLines } from "./log_lines.ts";
import { type ServerProcess, spawnServer } from "./server_process.ts";

const LOG_CAPACITY = 2_000;

export interface ServerOptions {
  /** Added to and stronger than the defaults (`PORT`, `DATABASE_URL`, `LOG_FORMAT`, `LOG_LEVEL`); the tests' own is not inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the database is; a folder that is given is kept, otherwise a temporary one goes with the server. */
  readonly dataDir?: string;
  /** Counts from the start of the process, so it includes its type stripping and module loading. Default 30,000. */
  readonly readyWithinMs?: number;
  /** From the signal to the exit in `stop`. Default 30,000. */
  readonly stopWithinMs?: number;
  /** Another program in place of main.ts, for tests of this file; `task`: by `deno task start`, signals go to its group. */
  readonly entry?: string;
}

/** The real program as a child process: `alive` ⇄ `gone` by kill, stop and restart, on one port and one database. */
export interface RunningServer extends AsyncDisposable {
  /** Without a slash at its end; the same after a restart. */
  readonly url: string;
  /** Of the current life, or of the last one. */
  readonly pid: number;
  readonly dataDir: string;
  /** Sends the signal, to one that is still starting too. */
  signal(signal: Deno.Signal): void;
  /** The exit code of the newest life, 128 and the signal's number when one ended it; it settles when that has ended. */
  readonly exited: Promise<number>;
  /** Sends the signal and answers the exit code when the process is gone; at once when it is. */
  kill(signal?: Deno.Signal): Promise<number>;
  /**
   * Ends it as an operator does, with SIGTERM, and answers its exit code.
   * @throws {Error} when it does not exit in time; it is killed then
   */
  stop(): Promise<number>;
  /** Stops it if it is alive, then starts it on the same port and database. */
  restart(): Promise<void>;
  /** The last 2,000 lines of both outputs, over all its lives. */
  logs(): readonly string[];
}

/** Starts Mailroom with a database of its own and resolves when it says that it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { entry = "main.ts", readyWithinMs = 30_000, stopWithinMs = 30_000 } = options;
  const dataDir = options.dataDir ?? await Deno.makeTempDir({ prefix: "mailroom-data-" });
  const log = createLogLines(LOG_CAPACITY);

  let newest: Pick<ServerProcess, "exited" | "signal">;
  const start = (port: string): Promise<ServerProcess> => {
    const env = { ...defaultEnv(dataDir), ...options.env, PORT: port };
    return spawnServer({ entry, env, readyWithinMs, log, onSpawn: (life) => void (newest = life) });
  };
  const removeData = async (): Promise<void> => {
    if (options.dataDir === undefined) await Deno.remove(dataDir, { recursive: true });
  };

  let current: ServerProcess;
  try {
    current = await start(options.env?.PORT ?? "0");
  } catch (error) {
    await removeData();
    throw error;
  }

  const server: RunningServer = {
    get url() {
      return current.url;
    },
    get pid() {
      return current.pid;
    },
    dataDir,
    signal: (signal) => newest.signal(signal),
    get exited() {
      return newest.exited;
    },
    async kill(signal = "SIGKILL") {
      newest.signal(signal);
      return await newest.exited;
    },
    async stop() {
      current.signal("SIGTERM");
      const late = () =>
        new Error(`The server did not stop within ${stopWithinMs} ms; its last lines:\n${log.tail(30)}`);
      try {
        return await before(current.exited, stopWithinMs, late);
      } catch (error) {
        await server.kill();
        throw error;
      }
    },
    async restart() {
      await server.stop();
      current = await start(new URL(current.url).port);
    },
    logs: () => log.all(),
    async [Symbol.asyncDispose]() {
      await server.kill();
      await removeData();
    },
  };
  return server;
}

export function defaultEnv(dataDir: string): Record<string, string> {
  return { DATABASE_URL: `sqlite:${join(dataDir, "mailroom.db")}`, LOG_FORMAT: "json", LOG_LEVEL: "debug" };
}
