import type { Outcome } from "../actor/outcome.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";

/** An outcome on its way from a worker: what its pool must know, and the rest as text. */
export interface ToldOutcome {
  readonly turn: number;
  /** `abandoned`: the turn is over, but its handler goes on. */
  readonly stage: Stage;
  /** JSON text of the {@linkcode Outcome}, which has no line break. */
  readonly text: string;
}

export type Stage = (typeof STAGES)[number];

/** As numbers on the way from a worker. */
export const STAGES = ["over", "commit-point", "abandoned"] as const;

/**
 * The outcome as its worker tells it. Authors may have put into a turn what is no JSON, against its types: functions are
 * dropped, and an outcome that cannot be written at all becomes a failure of its turn.
 */
export function tellOutcome(outcome: Outcome): ToldOutcome {
  try {
    return { turn: outcome.turn, stage: stageOf(outcome), text: JSON.stringify(outcome) };
  } catch {
    return failedInstead(
      outcome,
      new RuntimeError("unserializable", "What the turn asks to commit cannot be written as JSON"),
    );
  }
}

/** The end of that turn as a failure, in place of what it told. */
export function failedInstead({ turn, startedAt, finishedAt }: Outcome, error: RuntimeError): ToldOutcome {
  const ending = { end: "failed", error: serializeError(error) } as const;
  return { turn, stage: "over", text: JSON.stringify({ turn, startedAt, finishedAt, ending }) };
}

export function readOutcome({ text }: ToldOutcome): Outcome {
  return JSON.parse(text);
}

/** JSON text of all of them. */
export function outcomesText(told: readonly ToldOutcome[]): string {
  return `[${told.map(({ text }) => text).join()}]`;
}

function stageOf({ ending }: Outcome): Stage {
  if (ending.end === "commit-point") return "commit-point";
  return ending.end === "failed" && ending.abandoned ? "abandoned" : "over";
}
