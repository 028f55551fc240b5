import type { EntryResult, StoreEntry } from "../contract.ts";
import type { IdempotencyKeyRow } from "../schema.ts";
import { plan, type Planned, type UndoLog } from "./undo.ts";

type Answered = Extract<EntryResult, { readonly status: "answered" }>;

/** An idempotency key; null while nobody has taken it. */
export type PlannedClaim = Planned<IdempotencyKeyRow | null>;

/** Idempotency keys that a batch would take: each is taken by one entry until its time ends. */
export class ClaimPlanner {
  readonly #undo: UndoLog;
  readonly #claims = new Map<string, PlannedClaim>();
  #changed = new Set<PlannedClaim>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** One that was read. */
  know(row: IdempotencyKeyRow): void {
    this.#claims.set(nameOf(row), { stored: row, now: row });
  }

  /** Undefined when the entry may go on, else the holder's answer. */
  take({ tenant, at, claim }: StoreEntry): Answered | undefined {
    if (claim === undefined) return undefined;
    const { scope, key, print, answer, until: untilAt } = claim;
    const row = { tenant, scope, key, print, answer, untilAt };
    const name = nameOf(row);
    let held = this.#claims.get(name);
    if (held === undefined) this.#claims.set(name, held = { stored: null, now: null });
    if (held.now !== null && held.now.untilAt > at) {
      return { status: "answered", answer: held.now.answer, print: held.now.print };
    }
    this.#changed.add(held);
    plan<IdempotencyKeyRow | null>(held, row, this.#undo);
    return undefined;
  }

  /** Those that were taken; each is handed out once. */
  taken(): readonly PlannedClaim[] {
    const taken = [...this.#changed].filter(({ stored, now }) => stored !== now);
    this.#changed = new Set();
    return taken;
  }
}

/** As it is stored: half a character becomes U+FFFD there. */
function nameOf({ tenant, scope, key }: Pick<IdempotencyKeyRow, "tenant" | "scope" | "key">): string {
  return JSON.stringify([tenant, scope.toWellFormed(), key.toWellFormed()]);
}
