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
  #startedAt = 0;
  #refuse: (reason: RuntimeError) => void = () => {};

  constructor(shared: TurnSurroundings, question: Question, marks: WorkMarks) {
    this.#shared = shared;
    this.#question = question;
    this.marks = marks;
  }

  /** @returns a promise, which never rejects, where the query waits for something */
  run(): Promise<void> | undefined {
    const { clock, registry } = this.#shared;
    const { kind, query, args, state, stateVersion } = this.#question;
    this.#startedAt = clock.now();
    this.marks.begin(0, this.#startedAt);
    try {
      const answer = runQuestion(registry.kind(kind), { query, args, state: { text: state, version: stateVersion } });
      if (typeof answer !== "string") return this.#wait(answer);
      return this.#end({ end: "done", result: answer });
    } catch (thrown) {
      return this.#end({ end: "failed", error: serializeError(thrown) });
    }
  }

  /** False when the turn is another's. A question begins as soon as it comes, so this finds one that waits. */
  abort(turn: number, reason: RuntimeError): boolean {
    if (turn !== this.#question.turn) return false;
    this.#refuse(reason);
    return true;
  }

  stop(reason: RuntimeError): void {
    this.#refuse(reason);
  }

  async #wait(answer: Promise<string>): Promise<void> {
    const { clock, outbox } = this.#shared;
    const { query, timeoutMs } = this.#question;
    const late = new RuntimeError("timed-out", `${query} took more than its ${timeoutMs} ms`, { retryable: true });
    const refused = new Promise<never>((_, reject) => this.#refuse = reject);
    const cancelDeadline = clock.after(timeoutMs, () => this.#refuse(late));
    this.marks.wait(0);
    outbox.release();
    const ending = await Promise.race([answer, refused]).then(
      (result): Ending => ({ end: "done", result }),
      (thrown): Ending => ({ end: "failed", error: serializeError(thrown) }),
    );
    outbox.hold();
    cancelDeadline();
    this.#end(ending);
  }

  #end(ending: Ending): undefined {
    const { clock, outbox } = this.#shared;
    this.marks.end(0);
    outbox.outcome({ turn: this.#question.turn, startedAt: this.#startedAt, finishedAt: clock.now(), ending });
  }
}
