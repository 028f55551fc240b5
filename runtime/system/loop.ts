import type { RowWrite } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Delivery } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import type { Environment } from "../actor/setting.ts";
import { withRateOf } from "../actor/upstream.ts";
import type { Cluster } from "../cluster/contract.ts";
import type { Clock } from "../core/clock.ts";
import type { CreateId } from "../core/ids.ts";
import type { Random } from "../core/random.ts";
import type { Host, HostEvents } from "../host/contract.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import { createDispatcher } from "../mailbox/dispatcher.ts";
import { createRoom, type Room } from "../mailbox/room.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { Committer } from "../store/committer.ts";
import type { Store, StoreReads } from "../store/contract.ts";
import { upstreamsOf } from "../upstream/choose.ts";
import { createUpstreamClient } from "../upstream/client.ts";
import type { UpstreamClient } from "../upstream/contract.ts";
import type { Egress } from "../upstream/egress.ts";
import { type Careful, createCareful } from "./careful.ts";
import { type Commands, createCommands } from "./commands.ts";
import { type Commits, createCommits } from "./commits.ts";
import { createFetches } from "./fetches.ts";
import { gathering } from "./gathering.ts";
import { createHostEvents } from "./host_events.ts";
import { createIdleness, type Idleness } from "./idleness.ts";
import { createComposer } from "./outcome_entry.ts";
import { createLimitStore } from "./limit_store.ts";
import { createQuestions, type Questions } from "./questions.ts";
import type { StorageWatch } from "./storage_watch.ts";
import { createSupervising } from "./supervising.ts";
import { createSuspects } from "./suspects.ts";
import { toldClaims } from "./told_claims.ts";
import { createTurnRequests } from "./turn_requests.ts";
import { createTurns, type Turns } from "./turns.ts";

export interface LoopOptions {
  readonly registry: Registry;
  readonly store: Store;
  /** Of the same store. */
  readonly read: StoreReads;
  readonly createHost: (events: HostEvents) => Host;
  readonly egress?: Egress;
  readonly env?: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly diagnostics: Diagnostics;
  readonly createId: CreateId;
  readonly tenantLimitOf: (tenant: string) => number;
  readonly held: ReadonlySet<string>;
  /** Hosts that addresses of the tenant's users may be on; null: any. */
  readonly hostsOf: (tenant: string) => readonly string[] | null;
  readonly weightOf: (tenant: string) => number;
  /** Whether this node runs turns at all. */
  readonly runsTurns: boolean;
  /** Where other nodes share the store: what this one may do now. */
  readonly membership?: Pick<Cluster, "mayDeliver" | "startBefore">;
  /** Something was written of a batch. */
  readonly counted: (tenant: string, row: RowWrite) => void;
  /** What the committer tells. */
  readonly hooks: StorageWatch["hooks"];
}

export interface Loop {
  readonly committer: Committer;
  readonly commits: Commits;
  readonly idleness: Idleness;
  readonly commands: Commands;
  readonly dispatcher: Dispatcher;
  readonly room: Room;
  readonly turns: Turns;
  readonly host: Host;
  readonly questions: Questions;
  readonly careful: Careful;
  readonly upstreams: UpstreamClient;
}

/**
 * Joins the parts into the loop of DESIGN.md, in which data goes one way round:
 * commits -> dispatcher -> turns -> host -> turns -> commits.
 */
export function createLoop(options: LoopOptions): Loop {
  const { registry, store, read, clock, random, diagnostics, membership } = options;
  const now = () => clock.now();
  const kindOf = (kind: string) => registry.kind(kind);
  const knownKind = (kind: string) => registry.kinds.get(kind);

  const committer = new Committer(store, { clock, ...options.hooks });

  const { runsTurns } = options;
  const idleness = createIdleness({ shared: store.shared, runsTurns, dispatcher: () => dispatcher, clock });
  /** Once for all that a commit tells. */
  const pump = gathering<void>(() => {
    dispatcher.pump();
    idleness.tell();
  });
  let turnsMade = 0;
  const nextTurn = () => ++turnsMade;
  const commits = createCommits({
    committer,
    shared: store.shared,
    runsTurns,
    clock,
    read,
    dispatcher: () => dispatcher,
    pump,
    counted: options.counted,
    accepted: ({ tenant, kind, key }) => diagnostics.tell({ event: "message.accepted", tenant, kind, key }),
  });
  const commands = createCommands(registry, options.createId);
  const composer = createComposer({ kindOf, commands, random, now });
  const suspects = createSuspects();
  const careful = createCareful({
    store,
    isKnown: (kind) => registry.kinds.has(kind),
    composer,
    commit: (entry) => commits.outcome(entry),
    clock,
    diagnostics,
  });
  const questions = createQuestions({ registry, snapshot: (to) => read.snapshot(to), host: () => host, nextTurn });

  const host: Host = options.createHost(createHostEvents({
    diagnostics,
    turns: () => turns,
    questions,
    requests: (requests) => answerRequests(requests),
    afterwards: () => dispatcher.pump(),
  }));
  const upstreams = createUpstreamClient({
    upstreams: upstreamsOf(registry).map((upstream) => withRateOf(options.env ?? {}, upstream)),
    egress: options.egress,
    store: createLimitStore({
      read,
      commit: (entry) => commits.outcome(entry),
      isShared: store.shared !== undefined,
      now,
    }),
    clock,
    random,
    diagnostics,
  });
  const fetches = createFetches({ client: upstreams, kindOf, hostsOf: options.hostsOf, clock, diagnostics });
  const room = createRoom(clock, host.slots);
  const turns = createTurns({
    kindOf,
    clock,
    room,
    composer,
    diagnostics,
    nextTurn,
    suspects,
    supervising: createSupervising({
      kindOf: knownKind,
      read,
      dispatcher: () => dispatcher,
      diagnostics,
      now,
    }),
    mark: () => careful.stance !== "running" ? (message) => careful.mark(message) : null,
    startBefore: () => membership?.startBefore,
    dropsOf: (kind) => dropped(kind, options.egress?.drops ?? []),
    send: gathering((deliveries: readonly Delivery[]) => host.deliver(deliveries)),
    snapshot: (address) => read.snapshot(address),
    isUntouched: (message) => commits.isUntouched(message),
    touched: (message) => commits.touched(message),
    takeNew: (message) => commits.takeNew(message),
    commit: (entry) => commits.outcome(entry),
    ended: (turn) => fetches.end(turn),
    landed: (address) => dispatcher.land(address),
    mayGoOn: (address) => dispatcher.goOn(address),
    mustStay: (address) => dispatcher.stay(address),
    handled: (address, handled) => dispatcher.handled(address, handled),
    over(address, end) {
      dispatcher.release(address, end);
      pump();
    },
  });
  const dispatcher = createDispatcher({
    read,
    now,
    room,
    kindOf: knownKind,
    weightOf: options.weightOf,
    tenantLimitOf: options.tenantLimitOf,
    held: options.held,
    runsAlone: (message) => suspects.of(message) !== undefined,
    deliver: (run, how) => turns.deliver(run, how),
    onReadFailed: () => {},
    claims: store.shared === undefined ? undefined : toldClaims(store.shared, diagnostics),
    ...membership === undefined ? {} : { mayDeliver: () => membership.mayDeliver },
  });
  const answerRequests = createTurnRequests({
    read,
    ask: (to, query, args) => questions.ask(to, query, args),
    fetch: (asking, call) => fetches.fetch(asking, call),
    activationOf: (turn) => turns.activationOf(turn),
    answer: (answers) => host.answer(answers),
  });
  return { committer, commits, idleness, commands, dispatcher, room, turns, host, questions, careful, upstreams };
}

function dropped({ upstreams }: AnyKind, drops: readonly string[]): readonly string[] {
  return drops.filter((dropped) => upstreams.some(({ name }) => name === dropped));
}
