import { formatAddress } from "../actor/address.ts";
import { databaseClock } from "../cluster/database_clock.ts";
import { createLoneNode } from "../cluster/lone_node.ts";
import { RuntimeError } from "../core/errors.ts";
import { createIds } from "../core/ids.ts";
import { createFeed } from "../events/feed.ts";
import { publishing } from "../events/publishing_store.ts";
import { createLazyHost } from "../host/lazy_host.ts";
import type { StoreEntry } from "../store/contract.ts";
import { watchedReads } from "../store/watched_reads.ts";
import { boundByUpstreams } from "./bounded_kinds.ts";
import { createBatching } from "./batching.ts";
import { createBlobs } from "./blobs.ts";
import { createCancelling } from "./cancelling.ts";
import { createClustering, dutiesOf, explained, membershipOf, runsTurns } from "./clustering.ts";
import type { System } from "./contract.ts";
import { createControl } from "./control.ts";
import { createDeadLetters } from "./dead_letters.ts";
import { createForeign } from "./foreign.ts";
import { healthOf } from "./health.ts";
import { createInspecting } from "./inspecting.ts";
import { createLoop } from "./loop.ts";
import { createNodes } from "./nodes.ts";
import type { SystemOptions } from "./options.ts";
import { createReading } from "./reading.ts";
import { createRetention } from "./retention.ts";
import { createScheduling } from "./scheduling.ts";
import { startParts } from "./starting.ts";
import { createStopping } from "./stopping.ts";
import { createStorageWatch } from "./storage_watch.ts";
import { createSubscribing } from "./subscribing.ts";
import { createTaking } from "./taking.ts";
import { createTelling } from "./telling.ts";
import { createTenancy } from "./tenancy.ts";
import { createWaking } from "./waking.ts";
import { createCommanding, createWriting } from "./writing.ts";

type Status = "starting" | "ready" | "stopping" | "stopped";

/*
 * A node: the loop, what people and programs may ask of it, and its life.
 *
 *   starting ──start()──► ready ──stop()──► stopping ──turns finished or handed back──► stopped
 */
export function createSystem(options: SystemOptions): System {
  const { random, diagnostics, role = "all" } = options;
  const registry = boundByUpstreams(options.registry, options.egress?.drops);
  const { shared, ownership } = options.store;
  const clock = shared === undefined ? options.clock : databaseClock(options.clock, shared);
  const turnsHere = runsTurns(role);
  const createId = createIds(clock, random);
  const read = watchedReads(options.store.read, (error) => watch.fail(error));
  const feed = createFeed(read, clock, { isShared: shared !== undefined });
  const foreign = createForeign({
    feed,
    shared,
    clock,
    subscribing: { news: (tenant) => subscribing.news(tenant), refresh: () => subscribing.refresh() },
  });
  const store = publishing(options.store, feed, {
    ...foreign.published,
    told: (...committed) => subscribing.committed(...committed),
  });
  const now = () => clock.now();
  let status: Status = "starting";
  let startedAt = 0;

  const watch = createStorageWatch({
    diagnostics,
    changed: () => changed(),
    roomWanted: () => retention.hurry(),
    onFatal: (error) => options.onFatal(explained(error, ownership.node)),
  });
  const tenancy = createTenancy({ ...options, read, clock });
  const loop = createLoop({
    ...options,
    registry,
    clock,
    createHost: turnsHere ? options.createHost : (events) => createLazyHost(options.createHost, events),
    runsTurns: turnsHere,
    ...shared === undefined ? {} : { membership: membershipOf(() => cluster) },
    store,
    read,
    createId,
    ...tenancy.shares,
    counted: (tenant, row) => batching.counted(tenant, row),
    hostsOf: tenancy.hostsOf,
    hooks: watch.hooks,
  });
  const { committer, commits, idleness, commands, dispatcher, room, turns, host, questions, careful, upstreams } = loop;

  const leads = () => cluster.leads;
  const dispatchState = () => {
    if (status !== "ready" || watch.storage !== "ok" || !turnsHere || !cluster.mayDeliver) return "stopped";
    return careful.stance;
  };

  // What comes due while the node starts waits until it is known what is paused and who is parked.
  dispatcher.setState("stopped");

  const kindOf = (kind: string) => registry.kinds.get(kind);
  const cancelTurn = (turn: number) => host.cancel(turn);
  const cancelling = createCancelling({ kindOf, clock, read, shared, dispatcher, turns, commits, cancelTurn });
  const telling = createTelling({ ...tenancy, commands, commits, now, pendingLimit: options.tenantPendingLimit });
  const clear = (entry: StoreEntry) => committer.commit(entry, { urgency: "clearing" });
  const retention = createRetention({
    registry,
    read,
    commit: clear,
    clock,
    diagnostics,
    eventsKept: options.eventsKept,
    ownEventsKept: tenancy.eventsKept,
    ownKeptMs: tenancy.keptMs,
    keptMs: options.keptMs ?? {},
    room: () => store.room ?? "ample",
    leads,
  });

  const taking = { mustTakeCommands: () => mustTakeCommands() };
  const command = createCommanding({ ...taking, storage: () => watch.storage, commits });
  const sent = { registry, read, commits, commands, telling, command, clock, createId, diagnostics };
  const isHeld = (tenant: string, kind: string) => control.isHeld(tenant, kind);
  const batching = createBatching({ ...sent, cancelling, isHeld, isAlone: shared === undefined, leads });
  const scheduling = createScheduling({
    ...sent,
    ...taking,
    env: options.env,
    held: tenancy.shares.held,
    runsTurns: turnsHere,
    leads,
  });
  const subscribing = createSubscribing({ ...options, ...sent, ...foreign.watched, leads });
  const files = options.files === undefined ? [] : [options.files];
  const services = [retention, batching, scheduling, subscribing, ...files];
  const control = createControl({ ...sent, ...tenancy.shares, shared, dispatcher, commit: command, now });
  const report = () => ({ running: turns.size, waiting: dispatcher.waiting });
  const changed = () => {
    dispatcher.setState(dispatchState());
    dispatcher.pump();
  };
  const lone = { ownership, role, startedAt: () => startedAt, report, changed };
  const member = { node: ownership.node, clock, random, diagnostics, leaseMs: options.leaseMs };
  const cluster = shared === undefined ? createLoneNode(lone) : createClustering({ shared, ...member }, {
    read,
    dispatcher,
    commits,
    idleness,
    report,
    runsTurns: turnsHere,
    changed,
    wishes: () => cancelling.obey(),
    control: () => control.refresh(),
    ticks: () => scheduling.refresh(),
    tookOver: () => batching.tookOver(),
    foreign,
    onFatal: (error) => watch.fail(error),
  });
  const mustTakeCommands = () => {
    if (status === "ready") return;
    throw new RuntimeError("stopping", `The node is ${status}: it takes commands when it is ready`, {
      retryable: true,
    });
  };

  const stop = createStopping({ clock, turns, questions, host, upstreams, committer, cluster, store }, {
    begun() {
      status = "stopping";
      diagnostics.tell({ event: "system.stopping", running: turns.size });
      dispatcher.setState("stopped");
      feed.close();
      commits.stopTimer();
      careful.stop();
      for (const service of [...services, tenancy]) service.stop();
    },
    over() {
      status = "stopped";
      diagnostics.tell({ event: "system.stopped" });
    },
  });
  const start = async () => {
    const mayDeliver = () => status === "ready" && cluster.mayDeliver;
    shared?.begin(dutiesOf({ registry, ...tenancy.shares, runsTurns: turnsHere, dispatcher, mayDeliver }));
    const parts = { host, room, store, cluster, commits, control, tenancy, cancelling, careful, dispatcher };
    await startParts(parts, { runsTurns: turnsHere, changed, now });
    await subscribing.introduce();
    if (status !== "starting") throw new RuntimeError("stopping", "The node was stopped before it was ready");
    status = "ready";
    startedAt = now();
    changed();
    for (const service of services) service.start();
  };

  return {
    registry,
    diagnostics,
    feed,
    blobs: createBlobs({ read, commit: (entry) => commits.append(entry), createId, clock }),
    control,
    deadLetters: createDeadLetters({ registry, read, commit: command, createId, now }),
    batches: batching.batches,
    ...createTaking({ mustTakeCommands, telling, questions, cancelling }),
    nodes: createNodes({ cluster, commit: command, now }),
    schedules: scheduling.schedules,
    tenants: tenancy.tenants({
      commit: command,
      clear,
      keptRows: foreign.watched.keptRows,
      dispatcher,
      runsTurns: turnsHere,
      pendingOf: commits.pendingOf,
      recount: async () => void await Promise.all([commits.recount(), control.refresh()]),
      expectTicks: () => scheduling.expect(clock.now()),
      cancel: (address) => cancelling.cancel(address),
      isShared: shared !== undefined,
      leads,
      files: options.files,
      diagnostics,
    }),
    subscriptions: subscribing.subscriptions,
    upstreams,
    async start() {
      const begunAt = clock.monotonic();
      await start().catch((thrown) => {
        commits.stopTimer();
        careful.stop();
        cluster.stop();
        throw thrown;
      });
      diagnostics.tell({ event: "system.ready", pending: commits.pending, startMs: clock.monotonic() - begunAt });
    },
    stop,
    wake: createWaking({
      clock,
      look() {
        commits.expectDue(clock.now());
        scheduling.expect(clock.now());
      },
      isBusy: () => status === "ready" && (turns.size > 0 || committer.stats().queued > 0),
    }),
    health: () => healthOf({ status, commits, turns, committer, watch, dispatcher, cluster }),
    isRunning: (address) => dispatcher.isBusy(formatAddress(address)),
    write: createWriting({ commit: command, now }),
    inspect: createInspecting({ registry, read, isBusy: (address) => dispatcher.isBusy(address) }),
    ...createReading(read),
    ...foreign.watched,
    createId,
    now,
  };
}
