import { join } from "node:path";
import { registry } from "../../actors/mod.ts";
import { streamAt } from "../../actors/parcel_stream/messages.ts";
import type { ParcelRow, ScanRow, StreamRow } from "../../actors/parcel_stream/rows.ts";
import { parcelTables } from "../../actors/parcel_stream/tables.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import type { RuntimeError } from "../../runtime/core/errors.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { RowWrite } from "../../runtime/authoring.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { openStore } from "../../runtime/store/open.ts";
import type { System } from "../../runtime/system/contract.ts";
import { createSystem } from "../../runtime/system/system.ts";
import { chooseEgress } from "../../runtime/upstream/choose.ts";
import { before, PATIENCE_MS } from "./deadline.ts";
import { migratedDatabase } from "./migrated_postgres.ts";
import { readEvents } from "./read_events.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

/** A node of the product's kinds, which may call this machine; turns run in the test's own isolate. */
export interface ParcelNode extends AsyncDisposable {
  /** Another one after a restart. */
  readonly system: System;
  readonly recorder: Recorder;
  /** What people do; of {@linkcode TENANT} where no other is said. */
  create(name: string, stream?: Partial<StreamRow>): Promise<void>;
  act(write: "paused" | "resumed", name: string): Promise<void>;
  reset(name: string, checkpoint: number): Promise<void>;
  remove(name: string): Promise<void>;
  push(name: string, events: readonly unknown[]): Promise<void>;
  stream(name: string): Promise<StreamRow | null>;
  /** Resolves when it is as it should be. */
  untilStream(name: string, ready: (stream: StreamRow) => boolean): Promise<StreamRow>;
  until(ready: () => Promise<boolean>): Promise<void>;
  /** The unhandled messages of the consumer that has most of them. */
  backlog(stream: string, consumers: number): Promise<number>;
  parcels(stream: string): Promise<readonly ParcelRow[]>;
  history(stream: string, parcelId: number): Promise<readonly ScanRow[]>;
  /** The tenant's events of these types, in order. */
  told(prefix: string): Promise<readonly { readonly type: string; readonly subject: string; readonly data: string }[]>;
  restart(): Promise<void>;
}

export const TENANT = "acme";
export const ENGINES = ["sqlite", "postgres"] as const;
const REGISTRY_URL = import.meta.resolve("../../actors/mod.ts");
const { queries, name: tables } = parcelTables;

/** `env`: of its upstreams and schedules. */
export async function openParcelNode(
  engine: (typeof ENGINES)[number],
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ParcelNode> {
  const place = engine === "sqlite" ? await folder() : await database();
  const recorder = createRecorder();
  let life = await begin(place.databaseUrl, recorder, env);
  const act = async (name: string, { write, args }: Pick<RowWrite, "write" | "args">, command?: {
    readonly message: string;
    readonly payload: unknown;
  }) => {
    const row = await life.system.point(TENANT, queries.stream, { name });
    const { epoch } = row!;
    const deed = { by: "test", rows: [{ tables, write, args: { name, epoch, at: life.system.now(), ...args } }] };
    await life.system.tellAll([{
      to: streamAt(TENANT, name),
      message: "poll",
      payload: { epoch: epoch + 1 },
      ...command,
    }], { deed });
  };
  const node: Omit<ParcelNode, typeof Symbol.asyncDispose> = {
    get system() {
      return life.system;
    },
    recorder,
    async create(name, { tenant = TENANT, ...stream } = {}) {
      const args = {
        name,
        baseUrl: null,
        headers: "{}",
        pageLimit: 1_000,
        pollIntervalMs: 40,
        lookBack: 0,
        consumers: 0,
        checkpoint: 0,
        createdBy: "test",
        createdAt: life.system.now(),
        ...stream,
      };
      const deed = { by: "test", rows: [{ tables, write: "created", args }] };
      await life.system.tellAll([{ to: streamAt(tenant, name), message: "poll", payload: { epoch: 1 } }], { deed });
    },
    act: (write, name) => act(name, { write, args: {} }),
    reset: (name, checkpoint) => act(name, { write: "reset", args: { checkpoint } }),
    async remove(name) {
      const { consumers } = (await node.stream(name))!;
      await act(name, { write: "removed", args: {} }, { message: "remove", payload: { consumers } });
    },
    async push(name, events) {
      await life.system.tell(streamAt(TENANT, name), "apply", { events: [...events] });
    },
    stream: (name) => life.system.point(TENANT, queries.stream, { name }),
    async untilStream(name, ready) {
      let row: StreamRow | null = null;
      await node.until(async () => {
        row = await node.stream(name);
        return row !== null && ready(row);
      });
      return row!;
    },
    async until(ready) {
      let news = Promise.withResolvers<void>();
      const end = life.system.watchCommits(() => news.resolve());
      let isLate = false;
      const looking = (async () => {
        while (!isLate && !await ready()) {
          await news.promise;
          news = Promise.withResolvers();
        }
      })();
      await before(looking, PATIENCE_MS, () => new Error(`Waited in vain for ${ready}`)).finally(() => {
        isLate = true;
        end();
      });
    },
    backlog: (stream, consumers) => life.system.query(TENANT, queries.backlog, { stream, consumers, limit: 99 }),
    async parcels(stream) {
      const all: ParcelRow[] = [];
      for (;;) {
        const last = all.at(-1);
        const page = await life.system.query(TENANT, queries.parcels, { stream, limit: 1_000, after: last });
        all.push(...page);
        if (page.length < 1_000) return all;
      }
    },
    history: (stream, parcelId) => life.system.query(TENANT, queries.history, { stream, parcelId, limit: 1_000 }),
    told: async (prefix) => (await readEvents(life.system, TENANT)).filter(({ type }) => type.startsWith(prefix)),
    async restart() {
      await life.end();
      life = await begin(place.databaseUrl, recorder, env);
    },
  };
  return Object.assign(node, {
    async [Symbol.asyncDispose]() {
      await life.end();
      await place[Symbol.asyncDispose]();
    },
  }) as ParcelNode;
}

interface Place extends AsyncDisposable {
  readonly databaseUrl: string;
}

async function folder(): Promise<Place> {
  const path = await Deno.makeTempDir({ prefix: "mailroom-parcels-" });
  return {
    databaseUrl: `sqlite:${join(path, "mailroom.db")}`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function database(): Promise<Place> {
  const made = await migratedDatabase(registry);
  return { databaseUrl: made.url, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
}

async function begin(
  databaseUrl: string,
  recorder: Recorder,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly system: System; end(): Promise<void> }> {
  const clock = systemClock;
  const store = await openStore({ databaseUrl, registry, registryUrl: REGISTRY_URL, node: "test", now: clock.now() });
  const random = seededRandom(store.ownership.generation);
  const diagnostics = createDiagnostics();
  recorder.hear(diagnostics);
  let fatal: RuntimeError | null = null;
  const system = createSystem({
    registry,
    store,
    createHost: (events) => createInlineHost({ registry, clock, random, events, slots: 16 }),
    egress: await chooseEgress({
      isolation: "inline",
      registry,
      allowed: ["127.0.0.0/8"],
      webhookKeys: [],
      configUrl: import.meta.resolve("../../deno.json"),
      env,
      clock,
      diagnostics,
    }),
    env,
    clock,
    random,
    diagnostics,
    tenantPendingLimit: 1_000_000,
    eventsKept: 1_000_000,
    onFatal: (error) => fatal ??= error,
  });
  await system.start();
  return {
    system,
    async end() {
      await system.stop({ graceMs: 1_000 });
      if (fatal !== null) throw fatal;
    },
  };
}
