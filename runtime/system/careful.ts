import { type Message, refOf } from "../actor/message.ts";
import type { CancelTimer, Clock } from "../core/clock.ts";
import type { SerializedError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { EntryResult, Store, StoreEntry } from "../store/contract.ts";
import { createFlight } from "./flight.ts";
import type { Composer } from "./outcome_entry.ts";
import { ACQUITTED } from "./supervising.ts";
import { tellSettled } from "./tell_settled.ts";

/** So many openings that did not end by `stop`, within five minutes, look like a message that kills the server. */
const UNCLEAN_STARTS = 3;
const CAREFUL_MS = 60_000;
const DEATHS_THAT_COUNT = 2;

const KILLED: SerializedError = {
  code: "host-lost",
  message: "The server itself died, twice in a row, while this message was being handled",
  retryable: true,
};

/*
 * The careful start: how a message is found that kills the server itself, so that nobody lives to blame it.
 *
 *   usual ──three unclean starts within five minutes──► careful ──60 s──► usual
 *
 * While careful, one message runs at a time, and bears a durable mark before it does. A mark that is there at the next
 * careful start was borne at the death in between. One such death may be chance: the second in a row, with no outcome and
 * no commit point since, counts as a crash of the message, and so does each further one; three crashes make a dead letter.
 */
export interface Careful {
  readonly active: boolean;
  /** Judges the marks of the life before. Call it before anything is delivered; `onEnd` when the time is over. */
  start(onEnd: () => void): Promise<void>;
  mark(message: Message): Promise<void>;
  stop(): void;
}

export function createCareful(
  { store: { read, ownership }, isKnown, composer, commit, clock, diagnostics }: {
    store: Pick<Store, "read" | "ownership">;
    isKnown: (kind: string) => boolean;
    composer: Composer;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
    clock: Clock;
    diagnostics: Diagnostics;
  },
): Careful {
  const { generation, previous = generation - 1, uncleanStarts } = ownership;
  /** Of messages marked in the life before: deaths in a row. */
  const deathsOf = new Map<string, number>();
  let active = false;
  let cancel: CancelTimer = () => {};

  const judge = async (message: Message): Promise<void> => {
    const flight = createFlight(0, message, { deliveredAt: clock.now() });
    const at = clock.now();
    const ending = { end: "failed", error: KILLED, crashed: true } as const;
    const settlement = composer.settle(flight, { turn: 0, startedAt: at, finishedAt: at, ending });
    await commit(composer.compose([settlement], ACQUITTED));
    tellSettled(diagnostics, [settlement]);
  };

  return {
    get active() {
      return active;
    },
    async start(onEnd) {
      if (uncleanStarts < UNCLEAN_STARTS) return;
      active = true;
      diagnostics.tell({ event: "system.careful", uncleanStarts, forMs: CAREFUL_MS });
      for (const mark of await read.startMarks()) {
        if (mark.generation !== previous) continue;
        const deaths = mark.deaths + 1;
        deathsOf.set(mark.message.id, deaths);
        if (deaths >= DEATHS_THAT_COUNT && isKnown(mark.message.kind)) await judge(mark.message);
      }
      cancel = clock.after(CAREFUL_MS, () => {
        active = false;
        deathsOf.clear();
        onEnd();
      });
    },
    async mark(message) {
      const { tenant, id } = message;
      const deaths = deathsOf.get(id) ?? 0;
      await commit({ tenant, at: clock.now(), writes: [{ write: "mark", ref: refOf(message), deaths }] });
    },
    stop: () => cancel(),
  };
}
