/** How many places the sequence `message_seq` gives at once: its increment. */
export const SEQS_AT_ONCE = 1_024;

/**
 * Places for messages. The sequence gives a stretch of them with one call; what is left of it serves for later batches, but
 * only for messages to mailboxes that are new: in one that others may write to as well, a message must get a place that was
 * drawn when the mailbox was locked, as it comes after all that are there.
 */
export class Seqs {
  /** Should there be fewer left than this, more are worth drawing; more than that are not worth keeping. */
  static readonly few: number = 2 * SEQS_AT_ONCE;
  static readonly many: number = 8 * SEQS_AT_ONCE;
  readonly #stretches: { next: number; readonly end: number }[] = [];

  /** How many are left. */
  get left(): number {
    return this.#stretches.reduce((left, { next, end }) => left + end - next, 0);
  }

  /** Places that are larger than all before; `drawn`: what the sequence gave. */
  add(drawn: readonly number[]): void {
    for (const first of drawn) this.#stretches.push({ next: first, end: first + SEQS_AT_ONCE });
  }

  /** Gives what is left to another, unless that has many. */
  moveTo(other: Seqs): void {
    if (other === this || other.left > Seqs.many) return;
    other.#stretches.push(...this.#stretches.splice(0));
  }

  next(): number {
    const first = this.#stretches[0];
    if (first === undefined) throw new Error("More messages were appended than places were drawn");
    const seq = first.next++;
    if (first.next === first.end) this.#stretches.shift();
    return seq;
  }
}
