import { RuntimeError } from "../core/errors.ts";
import type { FetchCall, Fetched } from "./outcome.ts";

/** What a test lets the outside answer: 200 and an empty body where it says nothing; a body that is no text becomes JSON. */
export interface TestedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type AnswerFetch = (call: FetchCall) => TestedAnswer | Promise<TestedAnswer>;

/** @throws {RuntimeError} `upstream-failed` when the test answers no calls; whatever `answer` throws */
export async function answerFetch(answer: AnswerFetch | null, call: FetchCall): Promise<Fetched> {
  if (answer === null) {
    throw new RuntimeError("upstream-failed", "Give answeringFetch((call) => ({ status, body })) first");
  }
  const { status = 200, headers = {}, body = "" } = await answer(call);
  return { status, headers, text: typeof body === "string" ? body : JSON.stringify(body) };
}
