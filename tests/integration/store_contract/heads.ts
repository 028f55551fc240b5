import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import type { Message, MessageRef } from "../../../runtime/actor/message.ts";
import type { EntryResult, Store, StoreEntry, Write } from "../../../runtime/store/contract.ts";
import { MailboxModel, type ModelAnswer, type Step } from "../../support/mailbox_model.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, bury, entry, newMessage, NOON, postpone } from "../../support/store_entries.ts";
import { storeRuns } from "../../support/store_runs.ts";

const KEYS = ["a", "b", "c"];
const LANE = { tenant: "acme", kind: "job" };

export function headContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} keeps of each mailbox exactly the first message as head, and none of a parked actor ready, whatever is written`, async () => {
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
    await fc.assert(property, { numRuns: storeRuns(100) });
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
      boldly: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constantFrom("remove" as const, "bury" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant("postpone" as const), pick, readyIn: fc.integer({ min: -2, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ step: "wake" as const, limit: 100 }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("mark" as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant("park" as const),
      key: fc.constantFrom(...KEYS),
      because: fc.option(fc.constantFrom(...KEYS)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant("unpark" as const), key: fc.constantFrom(...KEYS) }),
  },
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
        const fresh = this.#model.fresh[index]![own.push(next) - 1] ?? false;
        return append({ ...each, dueAt: this.#now + each.dueIn, id: `${this.#run}:${next++}` }, { fresh });
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
    await this.#store.write([
      ...mailboxes.flat().map((ref) => entry({ writes: [{ write: "remove", ref }] })),
      ...KEYS.map((key) => entry({ writes: [{ write: "unpark", address: { ...LANE, key } }] })),
    ]);
  }

  #writeOf(step: Exclude<Step, { readonly step: "append" }>): Write {
    if (step.step === "wake") return { write: "wake", now: this.#now, limit: step.limit };
    if (step.step === "park") {
      const because = step.because && `${LANE.kind}/${step.because}`;
      return { write: "park", address: { ...LANE, key: step.key }, parked: { at: this.#now, reason: "", because } };
    }
    if (step.step === "unpark") return { write: "unpark", address: { ...LANE, key: step.key } };
    const ref = this.#refs.get(step.pick) ?? { ...newMessage({ key: "a" }), seq: 999_999 };
    switch (step.step) {
      case "remove":
        return { write: "remove", ref };
      case "mark":
        return { write: "mark", ref, deaths: 1 };
      case "bury":
        return bury(ref, { at: this.#now });
      case "postpone":
        return postpone(ref, { readyAt: this.#now + step.readyIn });
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
      const supervised = await read.supervised({ ...LANE, key });
      assert.equal((supervised?.parked ?? null) !== null, this.#model.parked.has(key));
    }
  }
}

function numberOf({ id }: Message): number {
  return Number(id.split(":")[1]);
}

/** In which order the mailboxes of one entry are told is left to the store. */
function sorted(answer: ModelAnswer): ModelAnswer {
  return answer && { ...answer, ready: answer.ready.toSorted((a, b) => a - b) };
}

function answerOf(result: EntryResult): ModelAnswer {
  if (result.status !== "committed") return null;
  return {
    appended: result.appended.map(({ slot }) => slot),
    ready: result.ready.map(numberOf),
    nextDueAt: result.nextDueAt,
  };
}
