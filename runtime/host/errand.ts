import type { Delivery, Question } from "../actor/outcome.ts";
import type { TurnBounds } from "./turn_deadline.ts";

/** What a pool must know of a delivery or a question. */
export interface ErrandHead {
  readonly kind: string;
  readonly isQuestion: boolean;
  /** In the order in which they run. */
  readonly turns: readonly number[];
  /** `timeoutMs` and `attemptMs` of each turn, or once where they are the same for all. */
  readonly bounds: readonly number[];
}

/** A delivery or a question on its way through a pool; may be recalled from one worker and posted to another. */
export interface Errand extends ErrandHead {
  /** JSON text of the {@linkcode Work}, which has no line break; only a worker reads it. */
  readonly text: string;
  /** Turns of it that were cancelled before they started; told again to each worker that gets it. */
  readonly cancelled: number[];
}

export type Work = { readonly delivery: Delivery } | { readonly question: Question };

/** @param delivery has at least one envelope */
export function deliveryErrand(delivery: Delivery): Errand {
  const { kind, envelopes } = delivery;
  const turns = envelopes.map(({ turn }) => turn);
  const text = JSON.stringify({ delivery });
  return { kind, isQuestion: false, turns, bounds: boundsOfAll(envelopes), text, cancelled: [] };
}

export function questionErrand(question: Question): Errand {
  const { kind, turn, timeoutMs } = question;
  const text = JSON.stringify({ question });
  return { kind, isQuestion: true, turns: [turn], bounds: [timeoutMs, 0], text, cancelled: [] };
}

export function headOf({ kind, isQuestion, turns, bounds }: Errand): ErrandHead {
  return { kind, isQuestion, turns, bounds };
}

/** The texts of errands line by line, as a frame carries them. */
export function textOf(errands: readonly Errand[]): string {
  return errands.map(({ text }) => text).join("\n");
}

/** The errands of a frame. */
export function readErrands(heads: readonly ErrandHead[], text: string): Errand[] {
  const texts = text.split("\n");
  return heads.map((head, index) => ({ ...head, text: texts[index]!, cancelled: [] }));
}

export function boundsOf({ turns, bounds }: ErrandHead, turn: number): TurnBounds {
  const at = bounds.length === 2 ? 0 : 2 * turns.indexOf(turn);
  return { timeoutMs: bounds[at]!, attemptMs: bounds[at + 1]! };
}

function boundsOfAll(all: readonly TurnBounds[]): number[] {
  const { timeoutMs, attemptMs } = all[0]!;
  if (!all.some((each) => each.timeoutMs !== timeoutMs || each.attemptMs !== attemptMs)) return [timeoutMs, attemptMs];
  return all.flatMap((each) => [each.timeoutMs, each.attemptMs]);
}
