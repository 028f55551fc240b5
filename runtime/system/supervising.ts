import { type Address, formatAddress } from "../actor/address.ts";
import type { EventDraft } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import { unquoted } from "../observe/unquoted.ts";
import type { StoreReads, Write } from "../store/contract.ts";
import { restarted } from "../supervision/restart_window.ts";
import type { Flight } from "./flight.ts";
import type { Addition, Settlement } from "./outcome_entry.ts";

/** What a failed attempt means for the actor, its parent's other children and the commit that records it. */
export interface Verdicts extends Addition {
  /** Once the commit is done. */
  readonly parked: readonly { readonly address: Address; readonly reason: string }[];
}

export interface Supervising {
  /** Whether there is anything to judge in what one actor commits together: cheap, and mostly no. */
  concerns(settlements: readonly Settlement[]): boolean;
  /** A failure is the last of them. */
  judge(settlements: readonly Settlement[]): Promise<Verdicts>;
  /** The commit is done. */
  done(verdicts: Verdicts): void;
}

export const ACQUITTED: Verdicts = { writes: [], events: [], parked: [] };

const MOST_STREAKS = 10_000;

/*
 * Supervision after OTP. The actor is the process, a failed attempt its crash, the next attempt its restart: on the last
 * committed state, after a pause. More restarts than the kind's window bears park it: its mail waits until a person
 * resumes it. A kind whose strategy for its children is rest-for-one has those parked that were spawned after the one at
 * fault, since they build on it.
 *
 * Two things differ from OTP. What a handler gave up knowingly (TerminalError) was an answer, not a crash. And a message
 * that is handled ends the streak: an actor that gets on is in no loop, however many of its messages fail in a busy
 * minute; those are bounded by their attempts.
 *
 * The count is durable and is written with the failure itself; only the turns of the actor write it, and these come one
 * at a time. That a streak is open is known in memory only, so that success costs no read; after a restart of the server
 * what was counted before is forgotten with the end of the window, or with the first success after another failure.
 */
export function createSupervising(
  { kindOf, read, dispatcher, diagnostics, now }: {
    kindOf: (kind: string) => AnyKind | undefined;
    read: StoreReads;
    dispatcher: () => Dispatcher;
    diagnostics: Diagnostics;
    now: () => number;
  },
): Supervising {
  /** Addresses of actors whose latest attempt failed. */
  const streaks = new Set<string>();
  const open = (address: string) => {
    streaks.add(address);
    if (streaks.size > MOST_STREAKS) streaks.delete(streaks.values().next().value!);
  };
  const gotOn = (settlements: readonly Settlement[]) =>
    settlements.some(({ decision }) => decision?.decision === "handled");

  return {
    concerns(settlements) {
      const { flight, decision } = settlements.at(-1)!;
      return (decision !== null && "error" in decision) || (streaks.size > 0 && streaks.has(addressOf(flight)));
    },
    async judge(settlements) {
      const { flight: { message }, decision } = settlements.at(-1)!;
      const { tenant, kind, key } = message;
      const address = { tenant, kind, key };
      const name = formatAddress(address);
      const ended = gotOn(settlements) && streaks.delete(name);
      const window = kindOf(kind)?.restarts ?? null;
      const failed = decision !== null && "error" in decision && decision.error.retryable;
      if (window === null || !failed) {
        return ended ? { writes: [{ write: "restarts", address, restarts: [] }], events: [], parked: [] } : ACQUITTED;
      }
      // Whether the storage can be read or not: the failure itself must be recorded.
      const supervised = await read.supervised(address).catch(() => null);
      const at = now();
      const before = gotOn(settlements) ? [] : supervised?.restarts ?? [];
      const { restarts, exceeded } = restarted(before, { window, now: at });
      open(name);
      const counted: Write = { write: "restarts", address, restarts };
      if (!exceeded) return { writes: [counted], events: [], parked: [] };
      const parent = supervised?.parent ?? null;
      const cascades = parent !== null && kindOf(parent.kind)?.strategy === "rest-for-one";
      const followers = cascades ? await read.laterSiblings(address).catch(() => []) : [];
      const reason = `${restarts.length} failed attempts within ${
        window.periodMs / 1_000
      } s; the last: ${decision.error.message}`;
      const because = `${kind}/${key}`;
      const parked = [
        { address, reason, because: null },
        ...followers.map((follower) => ({
          address: follower,
          reason: `${because}, which it builds on, was parked`,
          because,
        })),
      ];
      return {
        writes: [
          counted,
          ...parked.map(({ address, ...why }): Write => ({ write: "park", address, parked: { at, ...why } })),
        ],
        events: parked.map(({ address, reason }) => told("actor.parked", address, { reason })),
        parked,
      };
    },
    done({ parked }) {
      for (const { address, reason } of parked) {
        dispatcher().park(formatAddress(address));
        const { tenant, kind, key } = address;
        diagnostics.tell({ event: "actor.parked", tenant, kind, key, reason: unquoted(reason) });
      }
    },
  };
}

function addressOf({ message }: Flight): string {
  return formatAddress(message);
}

/** What people are told of an actor. */
export function told(type: string, { kind, key }: Address, more: Readonly<Record<string, unknown>>): EventDraft {
  return { type, subject: `${kind}/${key}`, data: JSON.stringify({ kind, key, ...more }) };
}
