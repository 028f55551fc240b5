import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { CommitQueue, type Urgency, type WaitingEntry } from "../../runtime/store/commit_queue.ts";
import { nameOf, sized } from "../support/commit_setup.ts";

const TENANTS = ["acme", "bolt", "crab"];

interface Offer {
  readonly urgency: Urgency;
  readonly bytes: number;
  readonly tenant?: string;
}

function waiting(name: string, { urgency, bytes, tenant = "acme" }: Offer): WaitingEntry {
  return { entry: sized(name, { bytes: 1, tenant }), urgency, bytes, resolve() {}, reject() {} };
}

const sum = (entries: readonly WaitingEntry[]) => entries.reduce((bytes, entry) => bytes + entry.bytes, 0);
const of = (entries: readonly WaitingEntry[], urgency: Urgency) => entries.filter((entry) => entry.urgency === urgency);
const numberOf = ({ entry }: WaitingEntry) => Number(nameOf(entry));

/** Entries that arrive before each batch. */
const arrivals = (mostBytes: number) =>
  fc.array(
    fc.array(
      fc.record({
        urgency: fc.constantFrom<Urgency>("outcome", "outcome", "append", "append", "clearing"),
        bytes: fc.integer({ min: 1, max: mostBytes }),
        tenant: fc.constantFrom(...TENANTS),
      }),
      { maxLength: 40, size: "max" },
    ),
    { maxLength: 10 },
  );

/** Adds what arrives, takes a batch each time and then until nothing waits; `look` sees each with what waited before it. */
function takeAll(
  rounds: readonly (readonly Offer[])[],
  bounds: { maxEntries: number; maxBytes: number },
  look: (batch: readonly WaitingEntry[], waited: readonly WaitingEntry[]) => void,
): WaitingEntry[] {
  const queue = new CommitQueue();
  const taken: WaitingEntry[] = [];
  let [waits, number]: [WaitingEntry[], number] = [[], 0];
  for (let round = 0; round < rounds.length || queue.length > 0; round++) {
    for (const offer of rounds[round] ?? []) {
      const entry = waiting(`${number++}`, offer);
      queue.add(entry);
      waits.push(entry);
    }
    const batch = queue.take(bounds);
    look(batch, waits);
    waits = waits.filter((entry) => !batch.includes(entry));
    assert.equal(queue.length, waits.length);
    taken.push(...batch);
  }
  return taken;
}

Deno.test("take() keeps to its bounds and loses nothing: clearing, then outcomes, then appends, each in order", () => {
  const bounds = fc.record({
    maxEntries: fc.integer({ min: 1, max: 30 }),
    maxBytes: fc.integer({ min: 1, max: 3_000 }),
  });
  fc.assert(fc.property(arrivals(1_500), bounds, (rounds, { maxEntries, maxBytes }) => {
    const taken = takeAll(rounds, { maxEntries, maxBytes }, (batch, waited) => {
      assert.equal(batch.length === 0, waited.length === 0);
      assert.ok(batch.length <= maxEntries);
      assert.ok(batch.length === 1 || sum(batch) <= maxBytes);
      const order = ["clearing", "outcome", "append"].flatMap((urgency) => of(batch, urgency as Urgency));
      assert.deepEqual(batch, order);
    });
    assert.equal(taken.length, rounds.flat().length);
    const inOrder = (entries: readonly WaitingEntry[]) => {
      const numbers = entries.map(numberOf);
      assert.deepEqual(numbers, numbers.toSorted((one, other) => one - other));
    };
    inOrder(of(taken, "clearing"));
    inOrder(of(taken, "outcome"));
    for (const tenant of TENANTS) inOrder(of(taken, "append").filter(({ entry }) => entry.tenant === tenant));
  }));
});

Deno.test("take() gives appends a quarter of what outcomes leave no room for otherwise, and outcomes the rest", () => {
  const mostBytes = 200;
  const maxEntries = 12;
  const maxBytes = fc.integer({ min: 4 * mostBytes, max: 4_000 });
  fc.assert(fc.property(arrivals(mostBytes), maxBytes, (rounds, maxBytes) => {
    takeAll(rounds, { maxEntries, maxBytes }, (batch, waited) => {
      const both = of(waited, "append").length > 0 && of(waited, "outcome").length > 0;
      if (!both || of(batch, "clearing").length > 0) return;
      const [appends, outcomes] = [of(batch, "append"), of(batch, "outcome")];
      // A part is used up when not even the largest entry would fit into it any more.
      const isUsedUp = (entries: readonly WaitingEntry[], part: number) =>
        entries.length >= maxEntries * part || sum(entries) + mostBytes > maxBytes * part;
      assert.ok(isUsedUp(appends, 1 / 4) || appends.length === of(waited, "append").length, "the appends' part");
      assert.ok(isUsedUp(outcomes, 3 / 4) || outcomes.length === of(waited, "outcome").length, "the outcomes' part");
    });
  }));
});

Deno.test("take() serves appends and outcomes that fit into no batch together in turns, one append to three", () => {
  const kinds = (first: Offer, second: Offer) => {
    const batches: string[] = [];
    takeAll([Array(12).fill([first, second]).flat()], { maxEntries: 100, maxBytes: 1_000 }, (batch) => {
      batches.push(batch.map(({ urgency }) => urgency[0]).join(""));
    });
    return batches.slice(0, 9);
  };
  const inTurns = ["o", "o", "o", "a", "o", "o", "o", "a", "o"];
  assert.deepEqual(kinds({ urgency: "append", bytes: 5_000 }, { urgency: "outcome", bytes: 800 }), inTurns);
  assert.deepEqual(kinds({ urgency: "append", bytes: 300 }, { urgency: "outcome", bytes: 1_500 }), inTurns);
});

Deno.test("take() accepts what is offered while outcomes that never end fill every batch", () => {
  const queue = new CommitQueue();
  let delay = 0;
  queue.add(waiting("0", { urgency: "append", bytes: 10 }));
  while (queue.appends > 0) {
    for (let outcome = 0; outcome < 50; outcome++) queue.add(waiting("1", { urgency: "outcome", bytes: 10 }));
    queue.take({ maxEntries: 20, maxBytes: 1_000 });
    assert.ok(++delay <= 1);
  }
});
