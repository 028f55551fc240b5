import { formatAddress } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { Clock } from "../core/clock.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import { createDueTimer, type DueTimer } from "../mailbox/due_timer.ts";
import type { Committer } from "../store/committer.ts";
import type { EntryResult, NewMessage, StoreEntry, StoreReads } from "../store/contract.ts";

const WAKE_AT_ONCE = 512;

/** Commits, and then lets the dispatcher, the timer and the counts know what became true. */
export interface Commits {
  readonly pending: number;
  pendingOf(tenant: string): number;
  /** Counts what an earlier life left, and sets the timer. */
  start(): Promise<void>;
  stopTimer(): void;
  append(entry: StoreEntry): Promise<EntryResult>;
  /** Goes before appends, and is never refused for a full queue. */
  outcome(entry: StoreEntry): Promise<EntryResult>;
  /**
   * The message was appended to a mailbox that its sender had just made up, so its actor has no state. True at most once:
   * when it is delivered again, a commit point may have left some.
   */
  takeNew(message: Message): boolean;
}

/** One that was appended in this life of the server. */
interface PlacedMessage extends Message {
  /** Its actor has no state, and it was not delivered yet. */
  isNew?: boolean;
}

export function createCommits(
  { committer, clock, read, dispatcher, pump, accepted }: {
    committer: Committer;
    clock: Clock;
    read: StoreReads;
    dispatcher: () => Dispatcher;
    /** Lets the dispatcher deliver, soon. */
    pump: () => void;
    accepted: (message: NewMessage) => void;
  },
): Commits {
  const byTenant = new Map<string, number>();
  let pending = 0;
  let timer: DueTimer | null = null;

  const count = (tenant: string, by: number) => {
    pending += by;
    const left = (byTenant.get(tenant) ?? 0) + by;
    if (left <= 0) byTenant.delete(tenant);
    else byTenant.set(tenant, left);
  };

  const apply = (entry: StoreEntry, result: EntryResult & { status: "committed" }) => {
    let index = 0;
    for (const write of entry.writes) {
      switch (write.write) {
        case "append": {
          const place = result.appended[index++]!;
          if (place.slot === "held") break;
          count(write.message.tenant, 1);
          accepted(write.message);
          if (place.slot === "waiting") timer?.expect(write.message.dueAt);
          if (place.slot !== "ready") break;
          dispatcher().offer(placed(write.message, { seq: place.seq, isNew: write.fresh ?? false }));
          break;
        }
        case "remove":
        case "bury":
          count(write.ref.tenant, -1);
          break;
        case "postpone":
          dispatcher().postponed(formatAddress(write.ref));
          timer?.expect(write.readyAt);
          break;
      }
    }
    for (const head of result.ready) dispatcher().offer(head);
    if (result.nextDueAt !== null) timer?.expect(result.nextDueAt);
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
      for (const [tenant, messages] of await read.pending()) count(tenant, messages);
      timer = createDueTimer(clock, wake);
      timer.expect(await read.nextDueAt() ?? Infinity);
    },
    stopTimer: () => timer?.stop(),
    append: (entry) => commit(entry, "append"),
    outcome: (entry) => commit(entry, "outcome"),
    takeNew(message: PlacedMessage) {
      if (message.isNew !== true) return false;
      message.isNew = false;
      return true;
    },
  };
}

function placed(message: NewMessage, { seq, isNew }: { seq: number; isNew: boolean }): PlacedMessage {
  return { ...message, seq, readyAt: message.dueAt, attempts: 0, crashes: 0, isNew };
}
