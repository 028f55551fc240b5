import { z } from "zod";
import { formatAddress } from "../../runtime/actor/address.ts";
import { defineActor } from "../../runtime/authoring.ts";
import type { Message } from "../../runtime/actor/message.ts";
import type { Changes, Ending, Outcome } from "../../runtime/actor/outcome.ts";
import type { AnyKind } from "../../runtime/actor/kind.ts";
import { createRegistry } from "../../runtime/actor/registry.ts";
import type { ErrorCode } from "../../runtime/core/errors.ts";
import { createIds } from "../../runtime/core/ids.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import type { EntryResult, StoreEntry } from "../../runtime/store/contract.ts";
import { type Activation, type ActivationEnd, createActivation } from "../../runtime/system/activation.ts";
import { createCommands } from "../../runtime/system/commands.ts";
import { createFlight, type Flight } from "../../runtime/system/flight.ts";
import { createComposer, type Settlement } from "../../runtime/system/outcome_entry.ts";
import { type AllLeads, Lead } from "../../runtime/system/lead.ts";
import { createSettling } from "../../runtime/system/settling.ts";
import { ACQUITTED } from "../../runtime/system/supervising.ts";
import { FakeClock } from "./fake_clock.ts";
import { message } from "./messages.ts";

/** An inner kind without a journal. */
export const plain = defineActor({
  kind: "plain",
  state: z.object({ count: z.int() }),
  initial: { count: 0 },
  messages: { run: z.object({}) },
  on: { run() {} },
});

/** Each write as its name and the place of its message. */
export function writesOf({ writes }: StoreEntry): string[] {
  return writes.map((write) => "ref" in write ? `${write.write} ${write.ref.seq}` : write.write);
}

/** An activation whose host and store are the test. Turns are numbered 1, 2, 3... in mailbox order. */
export interface ActivationRig {
  readonly activation: Activation;
  readonly messages: readonly Message[];
  /** Of the first run. */
  readonly flights: readonly Flight[];
  readonly leads: Readonly<AllLeads>;
  /** Delivers a further run. */
  extend(parts: readonly Partial<Message>[]): void;
  /** Every commit that was asked for. */
  readonly entries: readonly StoreEntry[];
  /** The decisions that were told as true, in order. */
  readonly settled: readonly Settlement[];
  /** With all that was told to have left the mailbox. */
  readonly end: ActivationEnd & { readonly handled: readonly Message[] } | null;
  /** What has happened to whom, in order. */
  readonly told: readonly string[];
  report(turn: number, ending: Ending, changes?: Changes): void;
  /** Answers the oldest commit that waits, and lets everybody hear it. */
  commit(): Promise<void>;
  refuse(code?: ErrorCode): Promise<void>;
  fail(error: Error): Promise<void>;
}

const COMMITTED: EntryResult = { status: "committed", firstEvent: 0, appended: [], ready: [], nextDueAt: null };

export const DONE: Ending = { end: "done", result: "null" };
export const FAILED: Ending = { end: "failed", error: { code: "handler-failed", message: "no", retryable: true } };
export const RETURNED: Ending = { end: "returned" };
export const COMMIT_POINT: Ending = { end: "commit-point" };

/** State and one event, as a turn that counted to `count` asks for. */
export function counted(count: number): Changes {
  return {
    state: `{"count":${count}}`,
    rows: [],
    sends: [],
    events: [{ type: "counted", subject: "t", data: `${count}` }],
  };
}

export function rigActivation(kind: AnyKind, parts: readonly Partial<Message>[]): ActivationRig {
  const clock = new FakeClock(1_000_000);
  const random = seededRandom(1);
  const registry = createRegistry([kind]);
  const messages: Message[] = [];
  const flightsOf = (parts: readonly Partial<Message>[]): Flight[] =>
    parts.map((part) => {
      const seq = messages.length + 1;
      const added = message({ kind: kind.kind, name: "run", seq, ...part });
      messages.push(added);
      return createFlight(seq, added, { deliveredAt: 0 });
    });
  const flights = flightsOf(parts);
  const waiting: { resolve: (result: EntryResult) => void; reject: (error: Error) => void }[] = [];
  const entries: StoreEntry[] = [];
  const settled: Settlement[] = [];
  const told: string[] = [];
  const handled: Message[] = [];
  let end: ActivationRig["end"] = null;
  const commands = createCommands(registry, createIds(clock, random));
  const composer = createComposer({ kindOf: () => kind, commands, random, now: () => clock.now() });
  const settling = createSettling({
    composer,
    supervising: { concerns: () => false, judge: () => Promise.resolve(ACQUITTED), done: () => {} },
    commit(entry) {
      entries.push(entry);
      return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
    },
  });
  const leads = { bytes: 0 };
  const lead = new Lead(kind, leads);
  const activation = createActivation({ address: formatAddress(messages[0]!), flights, lead }, {
    composer,
    settling,
    settled: (settlements) => void settled.push(...settlements),
    ended: ({ turn }) => void told.push(`ended ${turn}`),
    landed: () => void told.push("landed"),
    mayGoOn: () => void told.push("may go on"),
    mustStay: () => void told.push("must stay"),
    handled: (_activation, messages) => void handled.push(...messages),
    over(_activation, how) {
      told.push("over");
      end = { handled, ...how };
    },
  });
  const settle = async (answer: (commit: (typeof waiting)[number]) => void) => {
    await turnOfLoop();
    answer(waiting.shift()!);
    await turnOfLoop();
  };
  return {
    activation,
    messages,
    flights,
    leads,
    extend: (parts) => activation.extend(flightsOf(parts)),
    entries,
    settled,
    told,
    get end() {
      return end;
    },
    report(turn, ending, changes) {
      const outcome: Outcome = {
        turn,
        startedAt: 1,
        finishedAt: 2,
        ending,
        ...(changes === undefined ? {} : { changes }),
      };
      activation.report(outcome);
    },
    commit: () => settle(({ resolve }) => resolve(COMMITTED)),
    refuse: (code = "constraint") =>
      settle(({ resolve }) => resolve({ status: "refused", error: { code, message: "refused", retryable: false } })),
    fail: (error) => settle(({ reject }) => reject(error)),
  };
}

/** All that goes on without waiting has been done. */
export function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve));
}
