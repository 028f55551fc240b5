import type { JobRow } from "../../actors/job/rows.ts";
import type { Address } from "../../runtime/actor/address.ts";
import type { EventDraft } from "../../runtime/actor/journal.ts";
import { createRegistry, type Registry } from "../../runtime/actor/registry.ts";
import type { AnyKind } from "../../runtime/actor/kind.ts";
import { createLoneNode } from "../../runtime/cluster/lone_node.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import { createIds } from "../../runtime/core/ids.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { createFeed } from "../../runtime/events/feed.ts";
import type { CommitWatcher } from "../../runtime/events/publishing_store.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import type { LogMark, StoredEvent, StoreReads } from "../../runtime/store/contract.ts";
import { createCommands } from "../../runtime/system/commands.ts";
import type { Command, Deed, Health, Idempotency, Inspection, System, Told } from "../../runtime/system/contract.ts";
import { createNodes } from "../../runtime/system/nodes.ts";
import { OWN_DEED } from "../../runtime/system/deed.ts";
import type { UpstreamKey, UpstreamSight } from "../../runtime/upstream/contract.ts";
import { type ControlSimulator, simulateControl } from "./control_simulator.ts";
import { simulateJobs } from "./jobs_simulator.ts";
import { simulateSchedules } from "./schedules_simulator.ts";
import { simulateTenants } from "./tenants_simulator.ts";
import { simulateSubscriptions } from "./subscriptions_simulator.ts";

/** What a test may do to a system besides using it. */
export interface SystemSimulator extends System, Pick<ControlSimulator, "show" | "bury"> {
  readonly jobs: ReadonlyMap<string, JobRow>;
  readonly told: readonly (Command & Pick<Deed, "by">)[];
  readonly blobsKept: ReadonlyMap<string, Uint8Array>;
  /** Changes a job as a turn would, and tells it as the event `job.STATUS`. */
  change(id: string, change: Partial<JobRow>): void;
  emit(tenant: string, events: readonly EventDraft[]): void;
  trim(tenant: string, upTo: number): void;
  /** The next call that writes fails like this. */
  failNext(error: unknown): void;
  setHealth(health: Partial<Health>): void;
  /** How an upstream is seen; closed and not called where it says nothing. */
  setSight(sight: Partial<UpstreamSight> & Pick<UpstreamSight, "upstream">): void;
  setActor(address: Address, inspection: Inspection): void;
  answerAsk(answer: (query: string, args: unknown) => unknown): void;
}

interface Log {
  readonly events: StoredEvent[];
  trimmedTo: number;
}

/** A system that takes everything in and runs nothing: what routes are tested against without disk or threads. */
export function simulateSystem({ clock, kinds }: { clock: Clock; kinds: readonly AnyKind[] }): SystemSimulator {
  const registry: Registry = createRegistry(kinds);
  const createId = createIds(clock, seededRandom(1));
  const commands = createCommands(registry, createId);
  const { rows: jobs, add, apply, query } = simulateJobs();
  const told: (Command & Pick<Deed, "by">)[] = [];
  const blobs = new Map<string, Uint8Array>();
  const actors = new Map<string, Inspection>();
  const keys = new Map<string, Idempotency>();
  const logs = new Map<string, Log>();
  const sights = new Map<string, UpstreamSight>();
  let health: Health = {
    ...{ status: "ready", pending: 0, running: 0, queuedCommits: 0, storage: "ok", waiting: 0 },
    standing: null,
  };
  let failure: unknown = null;
  let ask: (query: string, args: unknown) => unknown = () => null;

  const logOf = (tenant: string): Log => {
    let log = logs.get(tenant);
    if (log === undefined) logs.set(tenant, log = { events: [], trimmedTo: 0 });
    return log;
  };
  const lastOf = ({ events, trimmedTo }: Log) => events.at(-1)?.number ?? trimmedTo;
  const feed = createFeed({
    logMark: (tenant): Promise<LogMark> => {
      const log = logOf(tenant);
      return Promise.resolve({ last: lastOf(log), trimmedTo: log.trimmedTo });
    },
    events: (tenant, { after, limit }) =>
      Promise.resolve(logOf(tenant).events.filter(({ number }) => number > after).slice(0, limit)),
  } as Pick<StoreReads, "logMark" | "events"> as StoreReads, clock);

  const watchers = new Set<CommitWatcher>();
  const emit = (tenant: string, events: readonly EventDraft[]) => {
    for (const watcher of watchers) watcher(tenant);
    const log = logOf(tenant);
    const first = lastOf(log) + 1;
    log.events.push(...events.map((event, index) => ({ ...event, number: first + index, at: clock.now() })));
    if (events.length > 0) feed.committed(tenant, clock.now(), { first, events });
  };
  const failIfAsked = () => {
    const thrown = failure;
    failure = null;
    if (thrown !== null) throw thrown;
  };
  const holder = ({ to, dedupeKey }: Command) =>
    [...jobs.values()].find((job) =>
      dedupeKey !== undefined && job.tenant === to.tenant && job.type === to.kind && job.dedupeKey === dedupeKey &&
      (job.status === "queued" || job.status === "running")
    );
  const tellAll: (...given: Parameters<System["tellAll"]>) => Promise<Told[]> = (
    all,
    { deed: { by } = OWN_DEED, idempotency, batch } = {},
  ) => {
    failIfAsked();
    const writes = all.map((command) =>
      commands.fromOutside({ ...command, ...batch && { batch } }, { by, now: clock.now() })
    );
    const tenant = all[0]!.to.tenant;
    const name = JSON.stringify([tenant, idempotency?.scope, idempotency?.key]);
    const first = idempotency && keys.get(name);
    if (first !== undefined) {
      if (first.print !== idempotency?.print) throw new RuntimeError("key-reused", "The key came with another request");
      return Promise.resolve(all.map(() => ({ accepted: false, by: "idempotency", answer: first.answer })));
    }
    if (idempotency !== undefined) keys.set(name, idempotency);
    return Promise.resolve(all.map((command, index) => {
      const held = holder(command);
      if (held !== undefined) return { accepted: false, by: "dedupe", key: held.id };
      told.push({ ...command, by });
      const { message, recorded, with: journal } = writes[index]!;
      if (recorded === true && command.again === undefined) add(message);
      for (const row of journal?.rows ?? []) apply(tenant, row);
      emit(tenant, journal?.events ?? []);
      return { accepted: true, messageId: message.id };
    }));
  };
  const change = (id: string, changed: Partial<JobRow>) => {
    const job = { ...jobs.get(id)!, ...changed };
    jobs.set(id, job);
    const data = JSON.stringify({ id, type: job.type, status: job.status });
    emit(job.tenant, [{ type: `job.${job.status}`, subject: `job/${id}`, data }]);
  };
  const loneNode = createLoneNode({
    ownership: { node: "main", generation: 1, uncleanStarts: 0 },
    role: "all",
    startedAt: () => clock.now(),
    report: () => ({ running: 0, waiting: 0 }),
    changed() {},
  });
  const { control, deadLetters, show, bury } = simulateControl({ clock, registry, emit, createId });

  const tell: System["tell"] = async (to, message, payload, { deed, idempotency, ...options } = {}) => {
    const [one] = await tellAll([{ to, message, payload, ...options }], {
      ...(deed && { deed }),
      ...(idempotency && { idempotency }),
    });
    return one!;
  };

  return {
    registry,
    diagnostics: createDiagnostics(),
    feed,
    jobs,
    told,
    blobsKept: blobs,
    blobs: {
      async stage(_tenant, bytes, { limitBytes }) {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        let sizeBytes = 0;
        for await (const part of bytes) {
          sizeBytes += part.length;
          if (sizeBytes > limitBytes) throw new RuntimeError("too-large", "The upload is larger than is allowed");
          parts.push(new Uint8Array(part));
        }
        const id = createId();
        blobs.set(id, await new Blob(parts).bytes());
        return { id, sizeBytes };
      },
      read: () => Promise.resolve(null),
      drop: (_tenant, id) => Promise.resolve(void blobs.delete(id)),
    },
    schedules: simulateSchedules({ clock, createId, tell, failIfAsked }),
    tenants: simulateTenants({ clock, failIfAsked }),
    subscriptions: simulateSubscriptions({ clock, createId, commands, failIfAsked }),
    upstreams: {
      sights: () => [...sights.values()].filter(({ baseUrl }) => baseUrl === null),
      sightOf: (key) => sights.get(sightName(key)) ?? null,
      look: (upstream) => Promise.resolve(sights.get(sightName({ upstream, tenant: null, baseUrl: null })) ?? null),
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(feed.close()),
    wake: () => Promise.resolve(),
    health: () => health,
    tell,
    tellAll: async (all, options) => await tellAll(all, options),
    // deno-lint-ignore no-explicit-any -- the answer's type is the asker's
    ask: (_to, name, args) => Promise.resolve().then(() => ask(name, args) as any),
    cancel({ key }) {
      failIfAsked();
      if (jobs.get(key)!.status === "running") return Promise.resolve("cancelling");
      change(key, { status: "cancelled", finishedAt: clock.now() });
      return Promise.resolve("cancelled");
    },
    control,
    deadLetters,
    batches: { cancel: () => Promise.reject(new RuntimeError("conflict", "There is no such batch")) },
    nodes: createNodes({ cluster: loneNode, commit: () => Promise.resolve(), now: () => clock.now() }),
    show(tenant, sight) {
      show(tenant, sight);
      emit(tenant, []);
    },
    bury,
    isRunning: ({ tenant, kind, key }) => actors.get(`${tenant}/${kind}/${key}`)?.running ?? false,
    async write(tenant, { rows, events = [] }) {
      failIfAsked();
      await Promise.resolve(rows.forEach((row) => apply(tenant, row)));
      emit(tenant, events);
    },
    inspect: ({ tenant, kind, key }) => Promise.resolve(actors.get(`${tenant}/${kind}/${key}`) ?? null),
    query,
    point: query,
    keptRows: { changed() {}, watch: () => () => {} },
    watchRows(_tables, watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    watchCommits(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    createId,
    now: () => clock.now(),
    change,
    emit,
    trim(tenant, upTo) {
      const log = logOf(tenant);
      log.events.splice(0, log.events.findLastIndex(({ number }) => number <= upTo) + 1);
      log.trimmedTo = upTo;
    },
    failNext: (error) => void (failure = error),
    setSight(changed) {
      const sight = { ...UNSEEN, ...changed };
      sights.set(sightName(sight), sight);
    },
    setHealth: (changed) => void (health = { ...health, ...changed }),
    setActor: ({ tenant, kind, key }, inspection) => void actors.set(`${tenant}/${kind}/${key}`, inspection),
    answerAsk: (answer) => void (ask = answer),
  };
}

const UNSEEN: Omit<UpstreamSight, "upstream"> = {
  tenant: null,
  baseUrl: null,
  breaker: "closed",
  openUntil: null,
  calls: 0,
  errorRatio: 0,
  latencyMs: null,
  lastErrorClass: "none",
  remaining: null,
  waitUntil: null,
  availableAt: null,
};

function sightName({ upstream, tenant, baseUrl }: UpstreamKey): string {
  return JSON.stringify([upstream, tenant, baseUrl]);
}
