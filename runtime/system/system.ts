import { formatAddress } from "../actor/address.ts";
import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import { deserializeError, RuntimeError } from "../core/errors.ts";
import { createIds } from "../core/ids.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { Random } from "../core/random.ts";
import { createFeed } from "../events/feed.ts";
import { type CommitWatcher, publishing } from "../events/publishing_store.ts";
import type { Host, HostEvents } from "../host/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Store, StoreEntry } from "../store/contract.ts";
import { watchedReads } from "../store/watched_reads.ts";
import type { Egress } from "../upstream/egress.ts";
import { createBlobs } from "./blobs.ts";
import { createCancelling } from "./cancelling.ts";
import type { System } from "./contract.ts";
import { createControl } from "./control.ts";
import { createDeadLetters } from "./dead_letters.ts";
import { createInspecting } from "./inspecting.ts";
import { createLoop } from "./loop.ts";
import { createRetention } from "./retention.ts";
import { createStopping } from "./stopping.ts";
import { createStorageWatch } from "./storage_watch.ts";
import { createTelling } from "./telling.ts";
import { createWriting } from "./writing.ts";

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
  const { registry, clock, random, diagnostics } = options;
  const createId = createIds(clock, random);
  const read = watchedReads(options.store.read, (error) => watch.fail(error));
  const feed = createFeed(read, clock);
  const watchers = new Set<CommitWatcher>();
  const store = publishing(options.store, feed, (tenant) => {
    for (const watcher of watchers) watcher(tenant);
  });
  const now = () => clock.now();
  let status: Status = "starting";

  const watch = createStorageWatch({
    diagnostics,
    changed() {
      dispatcher.setState(dispatchState());
      dispatcher.pump();
    },
    roomWanted: () => retention.hurry(),
    onFatal: (error) => options.onFatal(error),
  });
  const loop = createLoop({
    ...options,
    store,
    read,
    createId,
    tenantLimit: options.tenantLimit ?? Infinity,
    weightOf: options.weightOf ?? (() => 1),
    hooks: watch.hooks,
  });
  const { committer, commits, commands, dispatcher, room, turns, host, questions, careful } = loop;

  const dispatchState = () => {
    if (status !== "ready" || watch.storage !== "ok") return "stopped";
    return careful.active ? "careful" : "running";
  };

  // What comes due while the node starts waits until it is known what is paused and who is parked.
  dispatcher.setState("stopped");

  const cancelling = createCancelling({
    kindOf: (kind) => registry.kinds.get(kind),
    now,
    read,
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
  });

  const command = async (entry: StoreEntry): Promise<void> => {
    mustTakeCommands();
    if (watch.storage !== "ok") {
      throw new RuntimeError("storage-unavailable", "The storage refuses writes: try again later", { retryable: true });
    }
    const result = await commits.outcome(entry);
    if (result.status === "refused") throw deserializeError(result.error);
  };
  const control = createControl({ registry, read, dispatcher, diagnostics, commit: command, now });
  const mustTakeCommands = () => {
    if (status === "ready") return;
    throw new RuntimeError("stopping", `The node is ${status}: it takes commands when it is ready`, {
      retryable: true,
    });
  };

  const stop = createStopping({ clock, turns, questions, host, egress: options.egress, committer, store }, {
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
    await host.start();
    room.resize(host.slots);
    await commits.start();
    // So that it is known before anything is taken.
    if (store.room === "short") await commits.append({ tenant: "system", at: now(), writes: [] }).catch(() => {});
    await control.start();
    await cancelling.keepWishes();
    await careful.start(() => {
      dispatcher.setState(dispatchState());
      dispatcher.pump();
    });
    await dispatcher.start();
    if (status !== "starting") throw new RuntimeError("stopping", "The node was stopped before it was ready");
    status = "ready";
    dispatcher.setState(dispatchState());
    dispatcher.pump();
    retention.start();
  };

  return {
    registry,
    diagnostics,
    feed,
    blobs: createBlobs({ read, commit: (entry) => commits.append(entry), createId, clock }),
    control,
    deadLetters: createDeadLetters({ registry, read, commit: command, createId, now }),
    async start() {
      const begunAt = clock.monotonic();
      await start().catch((thrown) => {
        commits.stopTimer();
        careful.stop();
        throw thrown;
      });
      diagnostics.tell({ event: "system.ready", pending: commits.pending, startMs: clock.monotonic() - begunAt });
    },
    stop,
    health: () => ({
      status: status === "ready" && watch.storage !== "ok" ? "unavailable" : status,
      pending: commits.pending,
      running: turns.size,
      queuedCommits: committer.stats().queued,
      storage: watch.storage,
    }),
    async tell(to, message, payload, how = {}) {
      mustTakeCommands();
      const { deed, idempotency, ...command } = how;
      const [told] = await telling([{ to, message, payload, ...command }], { deed, idempotency });
      return told!;
    },
    async tellAll(all, how = {}) {
      mustTakeCommands();
      return await telling(all, how);
    },
    async ask(to, query, args) {
      mustTakeCommands();
      const text = toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
      return JSON.parse(await questions.ask(to, query, text));
    },
    async cancel(address, deed) {
      mustTakeCommands();
      return await cancelling.cancel(address, deed);
    },
    isRunning: (address) => dispatcher.isBusy(formatAddress(address)),
    write: createWriting({ commit: command, now }),
    inspect: createInspecting({ registry, read, isBusy: (address) => dispatcher.isBusy(address) }),
    async query(tenant, { tables, name }, args) {
      return JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args) }));
    },
    point: (tenant, { tables, name }, args) => read.point({ tenant, tables, query: name, args }) as Promise<never>,
    watchCommits(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    createId,
    now,
  };
}
