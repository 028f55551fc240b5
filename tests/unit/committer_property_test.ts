import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { commitSetup, nameOf, sized, turns } from "../support/commit_setup.ts";
import { committed } from "../support/store_entries.ts";

const TENANTS = ["acme", "bolt", "crab"];

/** Entries arrive; after a while the first batch under way, if there is one, is committed or fails with those behind it. */
const rounds = fc.array(fc.record({
  arrivals: fc.array(
    fc.record({
      urgency: fc.constantFrom("outcome" as const, "append" as const),
      tenant: fc.constantFrom(...TENANTS),
      bytes: fc.nat({ max: 3_000 }),
    }),
    { maxLength: 12 },
  ),
  turnsAfter: fc.constantFrom(0, 1, 2, 3, 4, 20),
  end: fc.constantFrom("commit" as const, "commit" as const, "fail" as const),
}));

Deno.test("commit() settles every entry once and keeps its order, whatever fails", async () => {
  await fc.assert(fc.asyncProperty(rounds, async (history) => {
    // Batches of one or two entries are put behind another.
    const { store, committer, clock } = commitSetup({ maxEntries: 5, maxBytes: 8_000 });
    const offers = history.flatMap(({ arrivals }) => arrivals);
    const settled: Promise<string>[] = [];
    const heard: number[] = [];
    const written: number[] = [];
    const hear = (number: number) => {
      const result = committer.commit(sized(`${number}`, offers[number]!), offers[number]!);
      return result.then((result) => {
        assert.equal(written[committed(result).firstEvent], number, "its own result");
        heard.push(number);
        return "committed";
      }, ({ code }) => code);
    };
    const endFirst = async (how: "commit" | "fail") => {
      clock.advance(2_000);
      await turns(10);
      if (store.pending === 0) return;
      const write = await store.next();
      if (how === "fail") return write.fail("storage-unavailable");
      write.commit(written.length);
      written.push(...write.batch.map((entry) => Number(nameOf(entry))));
    };
    for (const { arrivals, turnsAfter, end } of history) {
      for (const _ of arrivals) settled.push(hear(settled.length));
      await turns(turnsAfter);
      await endFirst(end);
    }
    let drained = false;
    const draining = committer.drain().then(() => drained = true);
    while (!drained) await endFirst("commit");
    await draining;

    const ends = await Promise.all(settled);
    assert.deepEqual(heard, written, "each once, in the order in which they were written");
    const numbersOf = (kept: (number: number) => boolean) => offers.map((_, number) => number).filter(kept);
    assert.deepEqual(written.toSorted((a, b) => a - b), numbersOf((number) => ends[number] === "committed"));
    assert.ok(offers.every(({ urgency }, number) => urgency === "append" || ends[number] === "committed"));
    const outcomes = written.filter((number) => offers[number]?.urgency === "outcome");
    assert.deepEqual(outcomes, outcomes.toSorted((a, b) => a - b));
    for (const tenant of TENANTS) {
      const appends = written.filter((number) =>
        offers[number]?.urgency === "append" && offers[number].tenant === tenant
      );
      assert.deepEqual(appends, appends.toSorted((a, b) => a - b));
    }
  }));
});
