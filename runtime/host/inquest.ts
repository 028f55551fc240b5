import type { LossVerdict, LostTurn } from "./contract.ts";

/** What is known when a child process is gone. */
export interface Death {
  readonly verdict: LossVerdict;
  /** Every turn in its hands, in the order in which they were given, with its message; null for a question. */
  readonly outstanding: ReadonlyMap<number, string | null>;
  /** Turns that may have been executing, as the child last told. */
  readonly told: ReadonlySet<number>;
  /**
   * How good that is: `late`, told some time before the end; `exact`, told at the very end; `lone`, late, of a child that
   * runs one delivery at a time.
   */
  readonly sight: "late" | "exact" | "lone";
}

/**
 * Says who may have caused the deaths of children, one after another.
 *
 * Where one turn alone was in the child's hands, or executed there, it is the culprit. Otherwise those that may have been
 * executing as the child last told are suspects; all are where it told none. What it told is up to 100 ms old, so a turn
 * that kills its child as soon as it begins is not among them: it is redelivered and kills again. Therefore whoever was a
 * bystander at the death before is a suspect at this one, and a message takes down two children at most before it must run
 * alone.
 */
export class Inquest {
  #bystanders: ReadonlySet<string> = new Set();

  hold(death: Death): LostTurn[] {
    const { verdict, outstanding } = death;
    const turns = [...outstanding.keys()];
    if (verdict === "retired") return turns.map((turn) => ({ turn, started: false, culprit: false, verdict }));
    const suspects = this.#suspects(death, turns);
    const isKnown = suspects.size === 1 && (death.sight !== "late" || turns.length === 1);
    const lost = turns.map((turn) => {
      const started = suspects.has(turn);
      return { turn, started, culprit: started && isKnown, verdict };
    });
    const beside = isKnown ? [] : turns.filter((turn) => !suspects.has(turn));
    this.#bystanders = new Set(beside.flatMap((turn) => outstanding.get(turn) ?? []));
    return lost;
  }

  #suspects({ outstanding, told, sight }: Death, turns: readonly number[]): Set<number> {
    const named = turns.filter((turn) => told.has(turn));
    if (sight === "exact") return new Set(named);
    if (sight === "lone") return new Set([...named, ...turns].slice(0, 1));
    const again = turns.filter((turn) => this.#bystanders.has(outstanding.get(turn) ?? ""));
    return new Set(named.length > 0 ? [...named, ...again] : turns);
  }
}
