import { checkFetchCall, checkMayFetch } from "../actor/fetch_call.ts";
import { fetchedText } from "../actor/fetched_text.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { FetchCall, Fetched } from "../actor/outcome.ts";
import type { Clock } from "../core/clock.ts";
import { RuntimeError, serializeError } from "../core/errors.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { isAllowedHost } from "../tenant/allowed_host.ts";
import type { UpstreamClient } from "../upstream/contract.ts";

/** One turn cannot take up all that may be under way. */
const MOST_PER_TURN = 16;

/** The calls of turns that are at the host. */
export interface Fetches {
  /** @returns what `fetchedText` makes of the answer. @throws {RuntimeError} as `ctx.fetch` does, and `overloaded` */
  fetch(asking: { turn: number; tenant: string; kind: string }, call: FetchCall): Promise<string>;
  /** Nobody waits any more for what the turn has asked. */
  end(turn: number): void;
}

interface OfTurn {
  readonly abort: AbortController;
  underWay: number;
}

/** Does not take a worker's word for what its kind may reach. */
export function createFetches(
  { client, kindOf, hostsOf, clock, diagnostics }: {
    client: Pick<UpstreamClient, "fetch">;
    kindOf: (kind: string) => AnyKind;
    /** The only hosts that addresses which the tenant's users give may be on; null: any. */
    hostsOf: (tenant: string) => readonly string[] | null;
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
    async fetch({ turn, tenant, kind }, call) {
      checkMayFetch(kindOf(kind), call);
      checkFetchCall(call);
      const own = enter(turn);
      try {
        const from = { tenant, signal: own.abort.signal };
        const allowed = onAllowedHost(call, hostsOf(tenant));
        return fetchedText(await observed(allowed, () => client.fetch(allowed, from)));
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

/**
 * The call as a tenant may make it that has a list of hosts. A redirect could lead away from them, so it is answered as it is;
 * those of an upstream's base stay below it anyway.
 * @throws {RuntimeError} `address-refused`
 */
function onAllowedHost(call: FetchCall, hosts: readonly string[] | null): FetchCall {
  if (hosts === null || (call.upstream !== null && call.baseUrl === null)) return call;
  const url = URL.parse(call.baseUrl ?? call.url);
  if (url !== null && !isAllowedHost(url, hosts)) {
    throw new RuntimeError("address-refused", `The host ${url.hostname} is not among those that the tenant may call`);
  }
  return call.upstream === null ? { ...call, redirect: "manual" } : call;
}
