import { formatAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import { databaseClock } from "../cluster/database_clock.ts";
import { createLoneNode } from "../cluster/lone_node.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { createIds } from "../core/ids.ts";
import type { Random } from "../core/random.ts";
import { createFeed } from "../events/feed.ts";
import { publishing } from "../events/publishing_store.ts";
import type { Host, HostEvents } from "../host/contract.ts";
import { createLazyHost } from "../host/lazy_host.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { NodeRole, Store } from "../store/contract.ts";
import { watchedReads } from "../store/watched_reads.ts";
import type { Egress } from "../upstream/egress.ts";
import { createBlobs } from "./blobs.ts";
import { createCancelling } from "./cancelling.ts";
import { createClustering, dutiesOf, explained, membershipOf, runsTurns } from "./clustering.ts";
import type { Health, System } from "./contract.ts";
import { createControl } from "./control.ts";
import { createDeadLetters } from "./dead_letters.ts";
import { createForeign } from "./foreign.ts";
import { createInspecting } from "./inspecting.ts";
import { createLoop } from "./loop.ts";
import { createNodes } from "./nodes.ts";
import { createRetention } from "./retention.ts";
import { startParts } from "./starting.ts";
import { createStopping } from "./stopping.ts";
import { createStorageWatch } from "./storage_watch.ts";
import { createTaking } from "./taking.ts";
import { createTelling } from "./telling.ts";
import { createWaking } from "./waking.ts";
import { createCommanding, createWriting } from "./writing.ts";

export interface SystemOptions {
  readonly registry: Registry;
  /** Opened; the system closes it. */
  readonly store: Store;
  readonly createHost: (events: HostEvents) => Host;
  /** How turns reach outside; the system stops it. Without it they do not. */
  readonly egress?: Egress;
  readonly clock: Clock;
  readonly random: Random;
  readonly diagnostics: Diagnostics;
  /** Unhandled messages of one tenant beyond which it is answered `mailbox-full`. */
  readonly tenantPendingLimit: number;
  /** Newest events of a tenant that retention leaves. */
  readonly eventsKept: number;
  /** For how long other rows are kept, in ms by period: `dead-letters`, and those of tables' sweeps; by default for ever. */
  readonly keptMs?: Readonly<Record<string, number>>;
  /** Actors of one tenant at the host at once. */
  readonly tenantLimit?: number;
  /** A tenant's share of the turns relative to others; 1 by default. */
  readonly weightOf?: (tenant: string) => number;
  /** `all` by default; where others share the store a node may do a part only. */
  readonly role?: NodeRole;
  /** Of a store that others share, as it was opened with; 10,000 by default. */
  readonly leaseMs?: number;
  /** The storage will not heal, or this node no longer owns it: end the process. */
  readonly onFatal: (error: RuntimeError) => void;
}

type Status = "starting" | "ready" | "stopping" | "stopped";

/*
 * A node: the loop, what people and programs may ask of it, and its life.
 *
 *   starting ──start()──► ready ──stop()──► stopping ──turns finished or handed back──► stopped
 */
export function createSystem(options: SystemOptions): System {
  const { registry, random, diagnostics, role = "all" } = options;
  const { shared, ownership } = options.store;
  const clock = shared === undefined ? options.clock : databaseClock(options.clock, shared);
  const turnsHere = runsTurns(role);
  const createId = createIds(clock, random);
  const read = watchedReads(options.store.read, (error) => watch.fail(error));
  const feed = createFeed(read, clock, { isShared: shared !== undefined });
  const foreign = createForeign({ feed, shared, clock });
  const store = publishing(options.store, feed, foreign.committed);
  const now = () => clock.now();
  let status: Status = "starting";
  let startedAt = 0;

  const watch = createStorageWatch({
    diagnostics,
    changed: () => changed(),
    roomWanted: () => retention.hurry(),
    onFatal: (error) => options.onFatal(explained(error, ownership.node)),
  });
  const loop = createLoop({
    ...options,
    clock,
    createHost: turnsHere ? options.createHost : (events) => createLazyHost(options.createHost, events),
    runsTurns: turnsHere,
    ...shared === undefined ? {} : { membership: membershipOf(() => cluster) },
    store,
    read,
    createId,
    tenantLimit: options.tenantLimit ?? Infinity,
    weightOf: options.weightOf ?? (() => 1),
    hooks: watch.hooks,
  });
  const { committer, commits, idleness, commands, dispatcher, room, turns, host, questions, careful } = loop;

  const dispatchState = () => {
    if (status !== "ready" || watch.storage !== "ok" || !turnsHere || !cluster.mayDeliver) return "stopped";
    return careful.active ? "careful" : "running";
  };

  // What comes due while the node starts waits until it is known what is paused and who is parked.
  dispatcher.setState("stopped");

  const cancelling = createCancelling({
    kindOf: (kind) => registry.kinds.get(kind),
    clock,
    read,
    shared,
    dispatcher,
    turns,
    commits,
    cancelTurn: (turn) => host.cancel(turn),
  });
  const telling = createTelling({ commands, commits, now, pendingLimit: options.tenantPendingLimit });
  const retention = createRetention({
    registry,
    read,
    commit: (entry) => committer.commit(entry, { urgency: "clearing" }),
    clock,
    diagnostics,
    eventsKept: options.eventsKept,
    keptMs: options.keptMs ?? {},
    room: () => store.room ?? "ample",
    leads: () => cluster.leads,
  });

  const command = createCommanding({
    mustTakeCommands: () => mustTakeCommands(),
    storage: () => watch.storage,
    commits,
  });
  const control = createControl({ registry, read, shared, dispatcher, diagnostics, commit: command, now });
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
    foreign,
    onFatal: (error) => watch.fail(error),
  });
  const mustTakeCommands = () => {
    if (status === "ready") return;
    throw new RuntimeError("stopping", `The node is ${status}: it takes commands when it is ready`, {
      retryable: true,
    });
  };

  const statusNow = (): Health["status"] => {
    if (status !== "ready") return status;
    if (watch.storage !== "ok") return "unavailable";
    return cluster.drained ? "draining" : "ready";
  };

  const stop = createStopping({ clock, turns, questions, host, egress: options.egress, committer, cluster, store }, {
    begun() {
      status = "stopping";
      diagnostics.tell({ event: "system.stopping", running: turns.size });
      dispatcher.setState("stopped");
      feed.close();
      commits.stopTimer();
      careful.stop();
      retention.stop();
    },
    over() {
      status = "stopped";
      diagnostics.tell({ event: "system.stopped" });
    },
  });
  const start = async () => {
    const { tenantLimit = Infinity } = options;
    const mayDeliver = () => status === "ready" && cluster.mayDeliver;
    shared?.begin(dutiesOf({ registry, tenantLimit, runsTurns: turnsHere, dispatcher, mayDeliver }));
    const parts = { host, room, store, cluster, commits, control, cancelling, careful, dispatcher };
    await startParts(parts, { runsTurns: turnsHere, changed, now });
    if (status !== "starting") throw new RuntimeError("stopping", "The node was stopped before it was ready");
    status = "ready";
    startedAt = now();
    changed();
    retention.start();
  };

  return {
    registry,
    diagnostics,
    feed,
    blobs: createBlobs({ read, commit: (entry) => commits.append(entry), createId, clock }),
    control,
    deadLetters: createDeadLetters({ registry, read, commit: command, createId, now }),
    ...createTaking({ mustTakeCommands, telling, questions, cancelling }),
    nodes: createNodes({ cluster, commit: command, now }),
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
      look: () => commits.expectDue(clock.now()),
      isBusy: () => status === "ready" && (turns.size > 0 || committer.stats().queued > 0),
    }),
    health: () => ({
      status: statusNow(),
      pending: commits.pending,
      running: turns.size,
      queuedCommits: committer.stats().queued,
      storage: watch.storage,
      waiting: dispatcher.waiting,
      standing: cluster.standing,
    }),
    isRunning: (address) => dispatcher.isBusy(formatAddress(address)),
    write: createWriting({ commit: command, now }),
    inspect: createInspecting({ registry, read, isBusy: (address) => dispatcher.isBusy(address) }),
    async query(tenant, { tables, name }, args) {
      return JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args), mayLag: true }));
    },
    point: (tenant, { tables, name }, args) => read.point({ tenant, tables, query: name, args }) as Promise<never>,
    ...foreign.watched,
    createId,
    now,
  };
}
