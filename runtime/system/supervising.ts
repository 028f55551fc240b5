import { type Address, formatAddress } from "../actor/address.ts";
import type { EventDraft } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Dispatcher } from "../mailbox/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { StoreReads, Write } from "../store/contract.ts";
import { restarted } from "../supervision/restart_window.ts";
import type { Addition, Settlement } from "./outcome_entry.ts";

/** What a failed attempt means for the actor, its parent's other children and the commit that records it. */
export interface Verdicts extends Addition {
  /** Once the commit is done. */
  readonly parked: readonly { readonly address: Address; readonly reason: string }[];
}

export interface Supervising {
  /** The last of an actor's settlements may be a failure that counts. */
  judge(settlement: Settlement): Promise<Verdicts>;
  /** The commit is done. */
  done(verdicts: Verdicts): void;
}

export const ACQUITTED: Verdicts = { writes: [], events: [], parked: [] };

/*
 * Supervision after OTP. The actor is the process, a failed attempt its crash, the next attempt its restart: on the last
 * committed state, after a pause. More restarts than the kind's window bears park it: its mail waits until a person
 * resumes it. A kind whose strategy for its children is rest-for-one has those parked that were spawned after the one at
 * fault, since they build on it.
 *
 * What a handler gave up knowingly (TerminalError) was an answer, not a crash. The count is durable and is written with
 * the failure itself; only the turns of the actor write it, and these come one at a time.
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
  return {
    async judge({ flight: { message }, decision }) {
      const window = kindOf(message.kind)?.restarts ?? null;
      if (window === null || decision === null || !("error" in decision) || !decision.error.retryable) return ACQUITTED;
      const { tenant, kind, key } = message;
      const address = { tenant, kind, key };
      // Whether the storage can be read or not: the failure itself must be recorded.
      const supervised = await read.supervised(address).catch(() => null);
      const at = now();
      const { restarts, exceeded } = restarted(supervised?.restarts ?? [], { window, now: at });
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
        diagnostics.tell({ event: "actor.parked", tenant, kind, key, reason });
      }
    },
  };
}

/** What people are told of an actor. */
export function told(type: string, { kind, key }: Address, more: Readonly<Record<string, unknown>>): EventDraft {
  return { type, subject: `${kind}/${key}`, data: JSON.stringify({ kind, key, ...more }) };
}
