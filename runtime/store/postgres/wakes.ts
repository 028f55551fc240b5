import type { Write } from "../contract.ts";
import type { Mail, Mailboxes } from "./mail.ts";

/** Waiting heads that are due, for the wakes of a batch, and when the next ones are. */
export class DueHeads {
  readonly #due: readonly Mail[];
  readonly #later: readonly Mail[];

  /** `later`: the next ones after those; both in the order of readiness, and as many as the batch may come to need. */
  constructor({ due, later }: { due: readonly Mail[]; later: readonly Mail[] } = { due: [], later: [] }) {
    this.#due = due;
    this.#later = later;
  }

  /** Heads that a wake makes ready, the earliest first. */
  take(mailboxes: Mailboxes, { now, limit }: Pick<Extract<Write, { write: "wake" }>, "now" | "limit">): Mail[] {
    const waiting = this.#waiting(mailboxes).filter(({ now: state }) => state!.readyAt <= now);
    return waiting.slice(0, limit);
  }

  /** When the earliest of those is due that still wait. */
  next(mailboxes: Mailboxes): number | null {
    return this.#waiting(mailboxes)[0]?.now?.readyAt ?? null;
  }

  /** As they are by now, and those that the batch has left waiting. */
  #waiting(mailboxes: Mailboxes): Mail[] {
    const others = [...this.#due, ...this.#later].filter(({ ref }) => mailboxes.at(ref) === undefined);
    const heads = [...others, ...mailboxes.values().flatMap(({ head }) => head === undefined ? [] : [head])];
    return heads.filter(({ now }) => now?.slot === 2).sort((one, other) => one.now!.readyAt - other.now!.readyAt);
  }
}
