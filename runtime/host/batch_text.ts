import type { Outcome } from "../actor/outcome.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { RunnerBatch } from "./outbox.ts";
import { encodeMessage } from "./worker_protocol.ts";

/**
 * A batch as text. Authors may have put into a turn what is no JSON, against its types: functions are dropped, and an
 * outcome that cannot be written at all becomes a failure of its turn.
 */
export function encodeBatch(batch: RunnerBatch): string {
  try {
    return encodeMessage({ told: "batch", batch });
  } catch {
    const outcomes = batch.outcomes.map((outcome) => isWritable(outcome) ? outcome : unserializable(outcome));
    return encodeMessage({
      told: "batch",
      batch: { notes: batch.notes, outcomes, requests: batch.requests.filter(isWritable) },
    });
  }
}

function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

function unserializable({ turn, startedAt, finishedAt }: Outcome): Outcome {
  const error = new RuntimeError("unserializable", "What the turn asks to commit cannot be written as JSON");
  return { turn, startedAt, finishedAt, ending: { end: "failed", error: serializeError(error) } };
}
