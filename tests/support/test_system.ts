import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "../../runtime/core/clock.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { openSqliteStore } from "../../runtime/store/sqlite/open.ts";
import type { System } from "../../runtime/system/contract.ts";
import type { SystemOptions } from "../../runtime/system/options.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { createFrailHost, type FrailHost } from "./frail_host.ts";
import { keptReader, keptWriter } from "./kept_threads.ts";
import { writeMigrated } from "./migrated_file.ts";
import { createMortality, type Mortality } from "./mortal.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import type { Registry } from "../../runtime/actor/registry.ts";
import { registry as systemRegistry } from "./registry/system_registry.ts";

export interface SetupOptions extends
  Partial<
    Pick<
      SystemOptions,
      "egress" | "files" | "tenantPendingLimit" | "eventsKept" | "keptMs" | "tenantLimit" | "weightOf" | "onFatal"
    >
  > {
  readonly clock?: Clock;
  readonly slots?: number;
  /** `off` by default: a test's file need not survive a loss of power. */
  readonly sync?: "full" | "off";
  /** Those of `registry/system_registry.ts` by default. */
  readonly kinds?: { readonly registry: Registry; readonly registryUrl: string };
  /** Where the folder of the file is made. */
  readonly place?: string;
  /** Around the real store, below the system. */
  readonly around?: (store: Store) => Store;
}

/** A node over a file of its own. */
export interface TestSystem extends AsyncDisposable {
  /** Another one after each restart. */
  readonly system: System;
  readonly recorder: Recorder;
  readonly path: string;
  /** Timers that the node has set and that have neither fired nor been cancelled. */
  readonly armed: number;
  /** Nothing is unhandled, at the host or on its way to the store. */
  quiet(): Promise<void>;
  /** Ends what runs as the death of the hosts' process does. */
  killHost(how?: { culprit?: boolean }): void;
  /** Ends the node as kill -9 would, then opens its file again. */
  restart(): Promise<void>;
}

interface Life {
  readonly system: System;
  readonly mortality: Mortality;
  readonly host: FrailHost;
  end(): Promise<void>;
}

/** A started system whose kinds are those of `registry/system_registry.ts`, with turns in the test's own isolate. */
export async function setup(options: SetupOptions = {}): Promise<TestSystem> {
  const { place, ...rest } = options;
  const folder = await Deno.makeTempDir({ prefix: "mailroom-system-", ...(place === undefined ? {} : { dir: place }) });
  const path = join(folder, "mailroom.db");
  const recorder = createRecorder();
  await writeMigrated(path, (rest.kinds ?? SYSTEM_KINDS).registry);
  let life = await begin(path, recorder, rest);
  return {
    get system() {
      return life.system;
    },
    get armed() {
      return life.mortality.clock.armed;
    },
    recorder,
    path,
    killHost: (how) => life.host.kill(how),
    quiet: () => recorder.until(() => isQuiet(life.system)),
    async restart() {
      await life.end();
      life = await begin(path, recorder, rest);
    },
    async [Symbol.asyncDispose]() {
      await life.end();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const SYSTEM_KINDS = {
  registry: systemRegistry,
  registryUrl: new URL("./registry/system_registry.ts", import.meta.url).href,
};

export function isQuiet({ health }: System): boolean {
  const { pending, running, queuedCommits } = health();
  return pending + running + queuedCommits === 0;
}

async function begin(path: string, recorder: Recorder, options: SetupOptions): Promise<Life> {
  const { clock = systemClock, slots = 16, sync = "off", around = (store) => store, kinds, ...limits } = options;
  const { registry, registryUrl } = kinds ?? SYSTEM_KINDS;
  const store = await openSqliteStore({
    path,
    registry,
    registryUrl,
    node: "test",
    now: clock.now(),
    sync,
    startWriter: keptWriter,
    startReader: keptReader,
  });
  const mortality = createMortality(clock);
  const diagnostics = createDiagnostics();
  recorder.hear(diagnostics);
  let host: FrailHost | undefined;
  const random = seededRandom(store.ownership.generation);
  const system = createSystem({
    registry,
    store: mortality.store(around(store)),
    createHost: (events) =>
      host = createFrailHost(
        (own) => createInlineHost({ registry, clock: mortality.clock, random, events: own, slots }),
        events,
      ),
    clock: mortality.clock,
    random,
    diagnostics,
    tenantPendingLimit: 1_000_000,
    eventsKept: 1_000_000,
    onFatal: () => {},
    ...limits,
  });
  await system.start();
  const end = async () => {
    mortality.die();
    await host?.stop();
    await store.close();
    if (system.health().status !== "stopped") forgetClose(path);
  };
  return { system, mortality, host: host!, end };
}

/** The store of a process that was killed was never closed. */
function forgetClose(path: string): void {
  using db = new DatabaseSync(path);
  db.exec("update lives set closed_at = null");
}
