import type { AnyKind } from "../actor/kind.ts";
import { versionOf } from "../actor/schema.ts";
import type { ActorState } from "../actor/turn.ts";
import type { Settlement } from "./outcome_entry.ts";

/** What a turn weighs beside its texts. */
const OVERHEAD_BYTES = 1_024;
const MOST_BYTES = 1024 * 1024;
const MOST_BYTES_OF_ALL = 64 * MOST_BYTES;

/** What the turns of all actors weigh that are on their way to the disk. */
export interface AllLeads {
  bytes: number;
}

/**
 * How far one actor's turns are ahead of the disk: the state that they left, and how much is not committed yet.
 *
 *   sound ──a turn did not succeed, or a commit was refused──► broken
 *
 * While it is sound, the next turns may run on that state before the earlier ones are durable; but only as long as what
 * waits for the disk stays below 1 MiB, a turn counted with 1 KiB beside its texts, and below 64 MiB over all actors.
 */
export class Lead {
  /** What the actor's next turn finds. */
  state: ActorState = { text: null, version: 1 };
  readonly #kind: AnyKind;
  readonly #all: AllLeads;
  #bytes = 0;
  #isSound = true;

  constructor(kind: AnyKind, all: AllLeads) {
    this.#kind = kind;
    this.#all = all;
  }

  get mayGrow(): boolean {
    return this.#isSound && this.#bytes < MOST_BYTES && this.#all.bytes < MOST_BYTES_OF_ALL;
  }

  reported(settlement: Settlement): void {
    const { decision, outcome: { changes } } = settlement;
    if (decision !== null && decision.decision !== "handled") this.#isSound = false;
    if (changes?.stopped) this.state = { text: null, version: 1 };
    else if (changes?.state !== undefined) {
      this.state = { text: changes.state, version: versionOf(this.#kind.upgrade.state) };
    }
    this.#weigh(weight(settlement));
  }

  committed(settlement: Settlement): void {
    this.#weigh(-weight(settlement));
  }

  break(): void {
    this.#isSound = false;
  }

  /** Nothing is on its way any more. */
  end(): void {
    this.#weigh(-this.#bytes);
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    this.#all.bytes += bytes;
  }
}

function weight({ flight, outcome: { changes } }: Settlement): number {
  return OVERHEAD_BYTES + flight.message.payload.length + (changes?.state?.length ?? 0);
}
