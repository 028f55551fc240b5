import type { Outcome } from "../actor/outcome.ts";
import { type SerializedError, serializeError } from "../core/errors.ts";
import type { EntryResult, StoreEntry } from "../store/contract.ts";
import type { Composer, Settlement } from "./outcome_entry.ts";
import { ACQUITTED, type Supervising } from "./supervising.ts";

/** Commits what became of one actor's turns, with what its supervision makes of it. */
export interface Settling {
  /** All of them in one entry; a journal that throws refuses it as the store would. */
  commit(settlements: readonly Settlement[]): Promise<EntryResult>;
  /**
   * What one outcome asked for is impossible: that is its attempt's failure, and where that is refused as well its message
   * is given up. Answers what took the settlement's place.
   */
  refuse(settlement: Settlement, error: SerializedError): Promise<{ instead: Settlement; result: EntryResult }>;
}

export function createSettling(
  { composer, supervising, commit }: {
    composer: Composer;
    supervising: Supervising;
    commit: (entry: StoreEntry) => Promise<EntryResult>;
  },
): Settling {
  const attempt = (compose: () => StoreEntry): Promise<EntryResult> => {
    let entry: StoreEntry;
    try {
      entry = compose();
    } catch (thrown) {
      return Promise.resolve({ status: "refused", error: serializeError(thrown, "internal") });
    }
    return commit(entry);
  };
  const judged = async (settlements: readonly Settlement[]): Promise<EntryResult> => {
    const verdicts = await supervising.judge(settlements);
    const result = await attempt(() => composer.compose(settlements, verdicts));
    if (result.status === "committed") supervising.done(verdicts);
    return result;
  };
  const commitAll = (settlements: readonly Settlement[]): Promise<EntryResult> =>
    supervising.concerns(settlements) ? judged(settlements) : attempt(() => composer.compose(settlements, ACQUITTED));

  return {
    commit: commitAll,
    async refuse({ flight, outcome }, error) {
      const { changes: _, ...without } = outcome;
      const failed: Outcome = { ...without, ending: { end: "failed", error: { ...error, retryable: true } } };
      const settled = composer.settle(flight, failed);
      const result = await commitAll([settled]);
      if (result.status !== "refused") return { instead: settled, result };
      const { attempts, crashes } = flight.message;
      const decision = { decision: "give-up", attempts: attempts + 1, crashes, error } as const;
      const buried = { flight, outcome: failed, decision };
      return { instead: buried, result: await attempt(() => composer.bury(buried)) };
    },
  };
}
