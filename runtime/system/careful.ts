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
const LOOK_MS = 1_000;
const DEATHS_THAT_COUNT = 8;
/** What a mark says that is given beside others: with the death that follows it comes to 0. */
const BESIDE_OTHERS = -1;

const KILLED: SerializedError = {
  code: "host-lost",
  message: "The server itself died, eight times in a row, while this message alone was being handled",
  retryable: true,
};

/*
 * The careful start: how a message is found that kills the server itself, so that nobody lives to blame it.
 *
 *   usual ──three unclean starts within five minutes──► careful ──60 s──► usual
 *
 * While careful, few messages run at a time, and each bears a durable mark before it does. A mark that is there at the next
 * careful start was borne at the death in between, and its message is a suspect: as long as there are such, one message runs
 * at a time, so that the next death has one alone to blame. What ran beside others is not counted against a message, and a
 * few deaths alone may be chance where somebody kills the server: the eighth in a row, with no outcome and no commit point
 * since, counts as a crash of the message, and so does each further one; three crashes make a dead letter. (Of a hundred kills
 * a second apart, each at any moment, three messages were met three times in a row; one that kills is met every time.)
 *
 * First it was one at a time for the whole minute. Where nodes are killed for other reasons, three of them within minutes, what
 * the dead had taken waited for longer behind all that the others had than the lease that it takes to free it.
 */
export interface Careful {
  /** `alone`: there are suspects. */
  readonly stance: "running" | "careful" | "alone";
  /**
   * Judges the marks of the life before. Call it before anything is delivered; `onChange` when its stance is another.
   */
  start(onChange: () => void): Promise<void>;
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
  let stance: Careful["stance"] = "running";
  let cancelEnd: CancelTimer = () => {};
  let cancelLook: CancelTimer = () => {};

  const judge = async (message: Message): Promise<void> => {
    const flight = createFlight(0, message, { deliveredAt: clock.now() });
    const at = clock.now();
    const ending = { end: "failed", error: KILLED, crashed: true } as const;
    const settlement = composer.settle(flight, { turn: 0, startedAt: at, finishedAt: at, ending });
    await commit(composer.compose([settlement], ACQUITTED));
    tellSettled(diagnostics, [settlement]);
  };

  const ofLifeBefore = async () => (await read.startMarks()).filter((mark) => mark.generation === previous);

  /** Whoever runs a suspect, here or at another node, takes its mark off. */
  const lookAgain = (onChange: () => void) => {
    cancelLook = clock.after(LOOK_MS, async () => {
      const suspects = await ofLifeBefore().catch(() => null);
      if (stance !== "alone") return;
      if (suspects?.length !== 0) return lookAgain(onChange);
      stance = "careful";
      onChange();
    });
  };

  return {
    get stance() {
      return stance;
    },
    async start(onChange) {
      if (uncleanStarts < UNCLEAN_STARTS) return;
      stance = "careful";
      diagnostics.tell({ event: "system.careful", uncleanStarts, forMs: CAREFUL_MS });
      for (const { message, deaths: before } of await ofLifeBefore()) {
        stance = "alone";
        const deaths = before + 1;
        deathsOf.set(message.id, deaths);
        if (deaths >= DEATHS_THAT_COUNT && isKnown(message.kind)) await judge(message);
      }
      if (stance === "alone") lookAgain(onChange);
      cancelEnd = clock.after(CAREFUL_MS, () => {
        stance = "running";
        cancelLook();
        deathsOf.clear();
        onChange();
      });
    },
    async mark(message) {
      const { tenant, id } = message;
      const deaths = stance === "alone" ? deathsOf.get(id) ?? 0 : BESIDE_OTHERS;
      await commit({ tenant, at: clock.now(), writes: [{ write: "mark", ref: refOf(message), deaths }] });
    },
    stop() {
      stance = "running";
      cancelEnd();
      cancelLook();
    },
  };
}
