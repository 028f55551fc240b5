import { formatAddress } from "../actor/address.ts";
import type { RowWrite } from "../actor/journal.ts";
import type { Message } from "../actor/message.ts";
import { BATCH_TABLES } from "../batch/rows.ts";
import type { Clock } from "../core/clock.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import { createDueTimer, type DueTimer } from "../mailbox/due_timer.ts";
import type { Committer } from "../store/committer.ts";
import type { EntryResult, LaneName, NewMessage, SharedStore, StoreEntry, StoreReads } from "../store/contract.ts";

const WAKE_AT_ONCE = 512;

/** Commits, and then lets the dispatcher, the timer and the counts know what became true. */
export interface Commits {
  readonly pending: number;
  pendingOf(tenant: string): number;
  /** Counts what an earlier life left, and sets the timer. */
  start(): Promise<void>;
  stopTimer(): void;
  /** A head waits until `dueAt`, as others know. */
  expectDue(dueAt: number): void;
  /** Resolves when everything is told that was committed before. */
  told(): Promise<void>;
  /** Counts anew, as other nodes append and remove too: right but for what is under way meanwhile. */
  recount(): Promise<void>;
  append(entry: StoreEntry): Promise<EntryResult>;
  /** Goes before appends, and is never refused for a full queue. */
  outcome(entry: StoreEntry): Promise<EntryResult>;
  /**
   * The message was appended to a mailbox that its sender had just made up, so its actor has no state. True at most once:
   * when it is delivered again, a commit point may have left some.
   */
  takeNew(message: Message): boolean;
  /**
   * No turn of the message can have left anything at a commit point: it was appended in this life, and none that is told of
   * has got there since. Never true of a store that others share.
   */
  isUntouched(message: Message): boolean;
  /** A turn of the message has got to a commit point. */
  touched(message: Message): void;
}

/** One that was appended in this life of the server. */
interface PlacedMessage extends Message {
  /** Its actor has no state, and it was not delivered yet. */
  isNew?: boolean;
}

export function createCommits(
  { committer, shared, runsTurns, clock, read, dispatcher, pump, accepted, counted }: {
    committer: Committer;
    /** Of a store that other nodes share: they are told of what they may take. */
    shared: Pick<SharedStore, "hint"> | undefined;
    /** Whether this node delivers, and wakes what is due. */
    runsTurns: boolean;
    clock: Clock;
    read: StoreReads;
    dispatcher: () => Dispatcher;
    /** Lets the dispatcher deliver, soon. */
    pump: () => void;
    accepted: (message: NewMessage) => void;
    /** Something was written of a batch. */
    counted: (tenant: string, row: RowWrite) => void;
  },
): Commits {
  const byTenant = new Map<string, number>();
  let pending = 0;
  let timer: DueTimer | null = null;
  /** The place from which on messages are untouched; null while none was appended in this life. */
  let untouchedFrom: number | null = null;

  /** What other nodes append is counted late, so what is removed of it here must not count below 0. */
  const count = (tenant: string, by: number) => {
    const before = byTenant.get(tenant) ?? 0;
    const left = Math.max(0, before + by);
    pending += left - before;
    if (left === 0) byTenant.delete(tenant);
    else byTenant.set(tenant, left);
  };

  const recount = async () => {
    const before = new Map(byTenant);
    const counted = await read.pending();
    for (const tenant of new Set([...counted.keys(), ...before.keys()])) {
      count(tenant, (counted.get(tenant) ?? 0) - (before.get(tenant) ?? 0));
    }
  };

  /** Ready heads that nobody owns. */
  const unowned = (lane: LaneName, head?: Message) => {
    if (runsTurns && head !== undefined) dispatcher().unowned(head);
    else if (runsTurns) dispatcher().expect(lane);
    shared?.hint({ lanes: [{ tenant: lane.tenant, kind: lane.kind }] });
  };
  const waits = (dueAt: number) => {
    if (runsTurns) timer?.expect(dueAt);
    else shared?.hint({ dueAt });
  };

  const apply = (entry: StoreEntry, result: EntryResult & { status: "committed" }) => {
    let index = 0;
    for (const write of entry.writes) {
      switch (write.write) {
        case "append": {
          const place = result.appended[index++]!;
          if (place.slot === "held") break;
          untouchedFrom ??= place.seq;
          count(write.message.tenant, 1);
          accepted(write.message);
          if (place.slot === "waiting") waits(place.dueAt ?? write.message.dueAt);
          if (place.slot !== "ready" && place.slot !== "unowned") break;
          const head = placed(write.message, { ...place, isNew: write.fresh ?? false });
          if (place.slot === "ready") dispatcher().offer(head);
          else unowned(head, head);
          break;
        }
        case "row":
          if (write.row.tables === BATCH_TABLES) counted(entry.tenant, write.row);
          break;
        case "remove":
        case "bury":
          count(write.ref.tenant, -1);
          break;
        case "postpone":
          dispatcher().postponed(formatAddress(write.ref));
          waits(write.readyAt);
          break;
      }
    }
    for (const head of result.ready) dispatcher().offer(head);
    for (const lane of result.unowned ?? []) unowned(lane);
    if (result.nextDueAt !== null) waits(result.nextDueAt);
    pump();
  };

  const commit = (entry: StoreEntry, urgency: "append" | "outcome"): Promise<EntryResult> =>
    committer.commit(entry, { urgency }).then((result) => {
      if (result.status === "committed") apply(entry, result);
      return result;
    });

  const wake = async (): Promise<number | null> => {
    const now = clock.now();
    await commit({ tenant: "system", at: now, writes: [{ write: "wake", now, limit: WAKE_AT_ONCE }] }, "outcome");
    return await read.nextDueAt();
  };

  return {
    get pending() {
      return pending;
    },
    pendingOf: (tenant) => byTenant.get(tenant) ?? 0,
    async start() {
      await recount();
      if (!runsTurns) return;
      timer = createDueTimer(clock, wake);
      timer.expect(await read.nextDueAt() ?? Infinity);
    },
    stopTimer: () => timer?.stop(),
    expectDue: (dueAt) => timer?.expect(dueAt),
    async told() {
      await commit({ tenant: "system", at: clock.now(), writes: [] }, "outcome");
    },
    recount,
    append: (entry) => commit(entry, "append"),
    outcome: (entry) => commit(entry, "outcome"),
    takeNew(message: PlacedMessage) {
      if (message.isNew !== true) return false;
      message.isNew = false;
      return true;
    },
    isUntouched: ({ seq }) => shared === undefined && untouchedFrom !== null && seq >= untouchedFrom,
    touched({ seq }) {
      // Of those before it more is feared then than is so, instead of keeping a name of each.
      untouchedFrom = Math.max(untouchedFrom ?? 0, seq + 1);
    },
  };
}

function placed(
  message: NewMessage,
  { seq, dueAt = message.dueAt, isNew }: { seq: number; dueAt?: number; isNew: boolean },
): PlacedMessage {
  return { ...message, dueAt, seq, readyAt: dueAt, attempts: 0, crashes: 0, isNew };
}
