import type { TurnAnswer } from "../actor/outcome.ts";
import type { SerializedError } from "../core/errors.ts";

/** What must be known of an answer where it is handed on: its value stands beside the heads, so that no relay reads it. */
export type AnswerHead =
  /** `chars`: how many UTF-16 code units of the text are its value. */
  | { readonly request: number; readonly chars: number }
  | { readonly request: number; readonly error: SerializedError };

export function answerHeads(answers: readonly TurnAnswer[]): AnswerHead[] {
  return answers.map((answer) => "value" in answer ? { request: answer.request, chars: answer.value.length } : answer);
}

/** The values one behind another. */
export function answersText(answers: readonly TurnAnswer[]): string {
  return answers.map((answer) => "value" in answer ? answer.value : "").join("");
}

export function readAnswers(heads: readonly AnswerHead[], text: string): TurnAnswer[] {
  let from = 0;
  return heads.map((head) =>
    "error" in head ? head : { request: head.request, value: text.slice(from, from += head.chars) }
  );
}
