import type { Delivery } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import { createIds } from "../core/ids.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { Random } from "../core/random.ts";
import { createFeed } from "../events/feed.ts";
import { publishing } from "../events/publishing_store.ts";
import type { Host, HostEvents } from "../host/contract.ts";
import { createDispatcher } from "../mailbox/dispatcher.ts";
import { createRoom } from "../mailbox/room.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { createCommitter } from "../store/committer.ts";
import type { Store } from "../store/contract.ts";
import type { Egress } from "../upstream/egress.ts";
import { createBlobs } from "./blobs.ts";
import { createCancelling } from "./cancelling.ts";
import { createCommands } from "./commands.ts";
import { createCommits } from "./commits.ts";
import type { Health, System } from "./contract.ts";
import { createFetches } from "./fetches.ts";
import { createHostEvents } from "./host_events.ts";
import { createInspecting } from "./inspecting.ts";
import { createComposer } from "./outcome_entry.ts";
import { createQuestions } from "./questions.ts";
import { createRetention } from "./retention.ts";
import { stopParts } from "./stopping.ts";
import { createTelling } from "./telling.ts";
import { createTurnRequests } from "./turn_requests.ts";
import { createTurns } from "./turns.ts";

export interface SystemOptions {
  readonly registry: Registry;
  /** Opened; the system closes both. Without an egress turns do not reach outside. */
  readonly store: Store;
  readonly egress?: Egress;
  readonly createHost: (events: HostEvents) => Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly diagnostics: Diagnostics;
  /** Unhandled messages of one tenant beyond which it is answered `mailbox-full`. */
  readonly tenantPendingLimit: number;
  /** Newest events of a tenant that retention leaves. */
  readonly eventsKept: number;
  /** Actors of one tenant at the host at once. */
  readonly tenantLimit?: number;
  /** A tenant's share of the turns relative to others; 1 by default. */
  readonly weightOf?: (tenant: string) => number;
  /** The storage will not heal, or this node no longer owns it: end the process. */
  readonly onFatal: (error: RuntimeError) => void;
}

type Status = "starting" | "ready" | "stopping" | "stopped";

/*
 * A node: joins the parts into the loop of DESIGN.md.
 *
 *   starting ──start()──► ready ──stop()──► stopping ──turns finished or handed back──► stopped
 *
 * Data goes one way round: telling -> commits -> dispatcher -> turns -> host -> turns -> commits -> feed.
 */
export function createSystem(options: SystemOptions): System {
  const { registry, clock, random, diagnostics } = options;
  const createId = createIds(clock, random);
  const feed = createFeed(options.store.read);
  const store = publishing(options.store, feed);
  const { read } = store;
  const now = () => clock.now();
  const kindOf = (kind: string) => registry.kind(kind);
  let status: Status = "starting";
  let storage: Health["storage"] = "ok";
  let stopped: Promise<void> | null = null;

  const committer = createCommitter(store, {
    clock,
    onHealth(health) {
      storage = health === "available" ? "ok" : "unavailable";
      dispatcher.setState(storage === "ok" && status === "ready" ? "running" : "stopped");
      if (health === "available") diagnostics.tell({ event: "storage.available" });
      else {
        const error = "The storage refuses writes";
        diagnostics.tell({ event: "storage.unavailable", code: "storage-unavailable", error });
      }
      dispatcher.pump();
    },
    onFatal(error) {
      diagnostics.tell({ event: "system.failed", code: error.code, error: error.message });
      options.onFatal(error);
    },
    onBatch: (batch) => diagnostics.tell({ event: "batch.committed", ...batch }),
  });

  let turnsMade = 0;
  const nextTurn = () => ++turnsMade;
  const commits = createCommits({
    committer,
    clock,
    read,
    dispatcher: () => dispatcher,
    accepted: ({ tenant, kind, key }) => diagnostics.tell({ event: "message.accepted", tenant, kind, key }),
  });
  const commands = createCommands(registry, createId);
  const composer = createComposer({ kindOf, commands, random, now });
  const questions = createQuestions({ registry, snapshot: (to) => read.snapshot(to), host: () => host, nextTurn });

  let deliveries: Delivery[] = [];
  const send = (delivery: Delivery) => {
    if (deliveries.push(delivery) > 1) return;
    queueMicrotask(() => {
      const batch = deliveries;
      deliveries = [];
      host.deliver(batch);
    });
  };
  const host: Host = options.createHost(createHostEvents({
    diagnostics,
    turns: () => turns,
    questions,
    requests: (requests) => answerRequests(requests),
    afterwards: () => dispatcher.pump(),
  }));
  const fetches = createFetches({ egress: options.egress, kindOf, clock, diagnostics });
  const room = createRoom(clock, host.slots);
  const turns = createTurns({
    kindOf,
    clock,
    room,
    composer,
    diagnostics,
    nextTurn,
    send,
    snapshot: (address) => read.snapshot(address),
    takeNew: (message) => commits.takeNew(message),
    commit: (entry) => commits.outcome(entry),
    ended: fetches.end,
    landed: (address) => dispatcher.land(address),
    over(address, end) {
      dispatcher.release(address, end);
      dispatcher.pump();
    },
  });
  const dispatcher = createDispatcher({
    read,
    room,
    kindOf: (kind) => registry.kinds.get(kind),
    weightOf: options.weightOf ?? (() => 1),
    tenantLimit: options.tenantLimit ?? Infinity,
    deliver: (run) => turns.deliver(run),
    onReadFailed: () => {},
  });
  const answerRequests = createTurnRequests({
    read,
    ask: (to, query, args) => questions.ask(to, query, args),
    fetch: fetches.fetch,
    activationOf: (turn) => turns.activationOf(turn),
    answer: (answers) => host.answer(answers),
  });
  const cancelling = createCancelling({
    kindOf,
    now,
    read,
    dispatcher,
    turns,
    commits,
    cancelTurn: (turn) => host.cancel(turn),
  });
  const telling = createTelling({ commands, commits, now, pendingLimit: options.tenantPendingLimit });
  const retention = createRetention({
    read,
    commit: (entry) => commits.append(entry),
    clock,
    diagnostics,
    eventsKept: options.eventsKept,
  });

  const mustTakeCommands = () => {
    if (status === "ready") return;
    throw new RuntimeError("stopping", `The node is ${status}: it takes commands when it is ready`, {
      retryable: true,
    });
  };

  const stop = async (graceMs: number): Promise<void> => {
    status = "stopping";
    diagnostics.tell({ event: "system.stopping", running: turns.size });
    dispatcher.setState("stopped");
    feed.close();
    commits.stopTimer();
    retention.stop();
    await stopParts({ clock, turns, questions, host, committer, store, egress: options.egress }, graceMs);
    status = "stopped";
    diagnostics.tell({ event: "system.stopped" });
  };

  return {
    registry,
    diagnostics,
    feed,
    blobs: createBlobs({ read, commit: (entry) => commits.append(entry), createId, clock }),
    async start() {
      const begunAt = clock.monotonic();
      await host.start();
      room.resize(host.slots);
      await commits.start();
      status = "ready";
      await dispatcher.start();
      dispatcher.pump();
      retention.start();
      diagnostics.tell({ event: "system.ready", pending: commits.pending, startMs: clock.monotonic() - begunAt });
    },
    stop: ({ graceMs = 10_000 } = {}) => stopped ??= stop(graceMs),
    health: () => ({
      status: status === "ready" && storage !== "ok" ? "unavailable" : status,
      pending: commits.pending,
      running: turns.size,
      queuedCommits: committer.stats().queued,
      storage,
    }),
    async tell(to, message, payload, how = {}) {
      mustTakeCommands();
      const { idempotency, ...command } = how;
      const [told] = await telling([{ to, message, payload, ...command }], idempotency);
      return told!;
    },
    async tellAll(all, { idempotency } = {}) {
      mustTakeCommands();
      return await telling(all, idempotency);
    },
    async ask(to, query, args) {
      mustTakeCommands();
      const text = toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
      return JSON.parse(await questions.ask(to, query, text));
    },
    async cancel(address) {
      mustTakeCommands();
      return await cancelling(address);
    },
    inspect: createInspecting({ registry, read, isBusy: (address) => dispatcher.isBusy(address) }),
    async query(tenant, { tables, name }, args) {
      return JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args) }));
    },
    async point(tenant, { tables, name }, args) {
      return JSON.parse(await read.point({ tenant, tables, query: name, args: JSON.stringify(args) }));
    },
    createId,
    now,
  };
}
