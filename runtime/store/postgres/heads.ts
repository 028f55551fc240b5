import type { Duties, LaneName } from "../contract.ts";
import type { UndoLog } from "./undo.ts";

/** What decides whose the heads are that a batch makes ready. */
export interface Ownership {
  /** The generation of this node's life. */
  readonly me: number;
  readonly duties: Duties | undefined;
}

/**
 * Whose heads become: those that nobody has are this node's until it has had enough, then nobody's. A kind that is limited
 * over all nodes, or whose tenants are, gets its owners by `claim` alone, where they are counted; but the next one of a
 * mailbox whose head was this node's takes its place, which counts the same.
 */
export class NewHeads {
  readonly me: number;
  readonly #duties: Duties | undefined;
  readonly #undo: UndoLog;
  #appetite: number | undefined;

  constructor({ me, duties }: Ownership, undo: UndoLog) {
    this.me = me;
    this.#duties = duties;
    this.#undo = undo;
  }

  isLimited({ tenant, kind }: LaneName): boolean {
    return this.#duties?.limitsOf(kind) !== undefined || this.#duties?.tenantLimitOf(tenant) !== undefined;
  }

  /** The owner of a ready head that had none. */
  ownerOf(lane: LaneName): number {
    if (this.#duties === undefined || this.isLimited(lane)) return 0;
    this.#appetite ??= this.#duties.appetite();
    if (this.#appetite < 1) return 0;
    this.#appetite--;
    this.#undo.did(() => this.#appetite!++);
    return this.me;
  }
}
