import { checkFetchCall, checkMayFetch } from "../actor/fetch_call.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { Egress } from "../upstream/egress.ts";

/** One turn cannot take up all that may be under way. */
const MOST_PER_TURN = 16;

/** The calls of turns that are at the host. */
export interface Fetches {
  /** @returns JSON text of a `Fetched`. @throws {RuntimeError} as `ctx.fetch` does, and `overloaded` */
  fetch(asking: { turn: number; kind: string }, call: FetchCall): Promise<string>;
  /** Nobody waits any more for what the turn has asked. */
  end(turn: number): void;
}

interface OfTurn {
  readonly abort: AbortController;
  underWay: number;
}

/** Does not take a worker's word for what its kind may reach. */
export function createFetches(
  { egress, kindOf, clock, diagnostics }: {
    egress: Egress | undefined;
    kindOf: (kind: string) => AnyKind;
    clock: Clock;
    diagnostics: Diagnostics;
  },
): Fetches {
  const turns = new Map<number, OfTurn>();

  const enter = (turn: number): OfTurn => {
    const own = turns.get(turn) ?? { abort: new AbortController(), underWay: 0 };
    if (own.underWay >= MOST_PER_TURN) {
      throw new RuntimeError("overloaded", `A turn has at most ${MOST_PER_TURN} calls under way: await some of them`, {
        retryable: true,
      });
    }
    own.underWay++;
    turns.set(turn, own);
    return own;
  };

  const observed = async (call: FetchCall, make: () => Promise<Fetched>): Promise<Fetched> => {
    const upstream = call.upstream ?? "user-given";
    const begunAt = clock.monotonic();
    const durationMs = () => clock.monotonic() - begunAt;
    try {
      const fetched = await make();
      diagnostics.tell({ event: "fetch.ended", upstream, status: fetched.status, durationMs: durationMs() });
      return fetched;
    } catch (thrown) {
      const { code } = serializeError(thrown, "internal");
      diagnostics.tell({ event: "fetch.ended", upstream, status: null, durationMs: durationMs(), code });
      throw thrown;
    }
  };

  return {
    async fetch({ turn, kind }, call) {
      checkMayFetch(kindOf(kind), call);
      checkFetchCall(call);
      if (egress === undefined) throw new RuntimeError("not-permitted", "This node makes no calls to the outside");
      const own = enter(turn);
      try {
        return JSON.stringify(await observed(call, () => egress.fetch(call, own.abort.signal)));
      } finally {
        if (--own.underWay === 0 && turns.get(turn) === own) turns.delete(turn);
      }
    },
    end(turn) {
      turns.get(turn)?.abort.abort(new RuntimeError("cancelled", "The turn that asked is over"));
      turns.delete(turn);
    },
  };
}
