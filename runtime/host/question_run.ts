import type { Ending, Question } from "../actor/outcome.ts";
import { runQuestion } from "../actor/turn.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { TurnSurroundings } from "./running_turn.ts";
import type { WorkMarks } from "./work_marks.ts";

/**
 * The run of one question: `done` with the answer, or `failed`. A query has no signal, so one that is too late or
 * cancelled has failed, whatever it still does.
 */
export class QuestionRun {
  readonly marks: WorkMarks;
  readonly #shared: TurnSurroundings;
  readonly #question: Question;
  readonly #refused = Promise.withResolvers<never>();

  constructor(shared: TurnSurroundings, question: Question, marks: WorkMarks) {
    this.#shared = shared;
    this.#question = question;
    this.marks = marks;
    this.#refused.promise.catch(() => {});
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { clock, outbox } = this.#shared;
    const { turn, query, timeoutMs } = this.#question;
    const startedAt = clock.now();
    this.marks.begin(0, startedAt);
    const late = new RuntimeError("timed-out", `${query} took more than its ${timeoutMs} ms`, { retryable: true });
    const cancelDeadline = clock.after(timeoutMs, () => this.#refused.reject(late));
    const answered = this.#answer();
    this.marks.wait(0);
    outbox.release();
    const ending = await answered;
    outbox.hold();
    cancelDeadline();
    this.marks.end(0);
    outbox.outcome({ turn, startedAt, finishedAt: clock.now(), ending });
  }

  abort(turn: number, reason: RuntimeError): boolean {
    if (turn !== this.#question.turn) return false;
    this.#refused.reject(reason);
    return true;
  }

  stop(reason: RuntimeError): void {
    this.#refused.reject(reason);
  }

  async #answer(): Promise<Ending> {
    const { kind, query, args, state, stateVersion } = this.#question;
    try {
      const asked = { query, args, state: { text: state, version: stateVersion } };
      const running = runQuestion(this.#shared.registry.kind(kind), asked);
      return { end: "done", result: await Promise.race([running, this.#refused.promise]) };
    } catch (thrown) {
      return { end: "failed", error: serializeError(thrown) };
    }
  }
}
