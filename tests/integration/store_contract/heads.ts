import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message, MessageRef } from "../../../runtime/actor/message.ts";
import type { EntryResult, Store, StoreEntry, Write } from "../../../runtime/store/contract.ts";
import { MailboxModel, type ModelAnswer, type Step } from "../../support/mailbox_model.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, entry, newMessage, NOON } from "../../support/store_entries.ts";

const KEYS = ["a", "b", "c"];
const LANE = { tenant: "acme", kind: "job" };

export function headContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} keeps of each mailbox exactly the first message as head, whatever is written`, async () => {
    await using opened = await openStore();
    let runs = 0;
    const property = fc.asyncProperty(fc.array(batches, { maxLength: 12 }), async (rounds) => {
      const run = new Run(opened.store, ++runs);
      try {
        for (const round of rounds) await run.write(round);
      } finally {
        await run.empty();
      }
    });
    await fc.assert(property, { numRuns: 150 });
  });
}

const pick = fc.nat({ max: 15 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant("append" as const),
      key: fc.constantFrom(...KEYS),
      dueIn: fc.integer({ min: -3, max: 4 }),
      priority: fc.nat({ max: 1 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constantFrom("remove" as const, "bury" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant("postpone" as const), pick, readyIn: fc.integer({ min: -2, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ step: "wake" as const, limit: 100 }) },
);
/** Time passes, then entries of one or two steps are written together. */
const batches = fc.record({
  passMs: fc.nat({ max: 4 }),
  entries: fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
});

/** One history, told to the store and to the model; they must agree after every batch. */
class Run {
  readonly #store: Store;
  /** Part of all ids: dead letters of earlier runs stay. */
  readonly #run: number;
  readonly #model = new MailboxModel();
  /** By the number that the model gives a message. */
  readonly #refs = new Map<number, MessageRef>();
  #added = 0;
  #now = NOON;

  constructor(store: Store, run: number) {
    this.#store = store;
    this.#run = run;
  }

  async write({ passMs, entries }: { passMs: number; entries: readonly (readonly Step[])[] }): Promise<void> {
    this.#now += passMs;
    const numbers: number[][] = [];
    const expected = this.#model.applyBatch(entries, this.#now);
    let next = this.#added;
    const written = entries.map((steps, index): StoreEntry => {
      const own: number[] = [];
      const writes = steps.map((each): Write => {
        if (each.step !== "append") return this.#writeOf(each);
        own.push(next);
        return append({ ...each, dueAt: this.#now + each.dueIn, id: `${this.#run}:${next++}` });
      });
      // The model gives the numbers of a refused entry again.
      if (expected[index] === null) next -= own.length;
      numbers.push(own);
      return entry({ at: this.#now, writes });
    });
    const results = await this.#store.write(written);
    results.forEach((result, index) => this.#learn(result, { written: written[index]!, numbers: numbers[index]! }));
    this.#added = next;
    assert.deepEqual(results.map(answerOf).map(sorted), expected.map(sorted));
    await this.#compareReads();
  }

  /** Leaves nothing to the next run, even when this one has gone astray. */
  async empty(): Promise<void> {
    const { read } = this.#store;
    const mailboxes = await Promise.all(KEYS.map((key) => read.mailbox({ ...LANE, key }, 1_000)));
    await this.#store.write(mailboxes.flat().map((ref) => entry({ writes: [{ write: "remove", ref }] })));
  }

  #writeOf(step: Exclude<Step, { readonly step: "append" }>): Write {
    if (step.step === "wake") return { write: "wake", now: this.#now, limit: step.limit };
    const ref = this.#refs.get(step.pick) ?? { ...newMessage({ key: "a" }), seq: 999_999 };
    const error = { code: "handler-failed", message: "boom", retryable: true } as const;
    switch (step.step) {
      case "remove":
        return { write: "remove", ref };
      case "bury":
        return { write: "bury", ref, attempts: 4, crashes: 0, error, at: this.#now };
      case "postpone":
        return { write: "postpone", ref, readyAt: this.#now + step.readyIn, attempts: 1, crashes: 0, lastError: error };
    }
  }

  #learn(result: EntryResult, { written, numbers }: { written: StoreEntry; numbers: readonly number[] }): void {
    if (result.status !== "committed") return;
    const messages = written.writes.flatMap((write) => write.write === "append" ? [write.message] : []);
    messages.forEach(({ tenant, kind, key, dueAt }, index) => {
      const place = result.appended[index]!;
      assert.ok(place.slot !== "held");
      this.#refs.set(numbers[index]!, { tenant, kind, key, dueAt, seq: place.seq });
    });
  }

  async #compareReads(): Promise<void> {
    const { read } = this.#store;
    assert.deepEqual((await read.readyHeads(LANE, 100)).map(numberOf), this.#model.readyHeads());
    assert.equal(await read.nextDueAt(), this.#model.nextDueAt());
    for (const key of KEYS) {
      const mailbox = await read.mailbox({ ...LANE, key }, 100);
      assert.deepEqual(mailbox.map(numberOf), this.#model.mailbox(key).map(({ number }) => number));
    }
  }
}

function numberOf({ id }: Message): number {
  return Number(id.split(":")[1]);
}

/** In which order the mailboxes of one entry are told is left to the store. */
function sorted(answer: ModelAnswer): ModelAnswer {
  return answer && { ...answer, ready: answer.ready.toSorted(([a = 0], [b = 0]) => a - b) };
}

function answerOf(result: EntryResult): ModelAnswer {
  if (result.status !== "committed") return null;
  return {
    appended: result.appended.map(({ slot }) => slot),
    ready: result.ready.map((mail) => mail.map(numberOf)),
    nextDueAt: result.nextDueAt,
  };
}
