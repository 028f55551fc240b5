import assert from "node:assert/strict";
import fc from "fast-check";
import { armed, commitSetup, nameOf, sized, turns } from "../support/commit_setup.ts";
import type { PendingWrite } from "../support/manual_store.ts";

const TENANTS = ["acme", "bolt", "crab"];

/** Entries arrive; then the batch under way, if there is one, is committed or fails. */
const rounds = fc.array(fc.record({
  arrivals: fc.array(
    fc.record({
      urgency: fc.constantFrom("outcome" as const, "append" as const),
      tenant: fc.constantFrom(...TENANTS),
      bytes: fc.nat({ max: 3_000 }),
    }),
    { maxLength: 6 },
  ),
  end: fc.constantFrom("commit" as const, "fail" as const),
}));

Deno.test("commit() settles every entry once and keeps its order, whatever fails", async () => {
  await fc.assert(fc.asyncProperty(rounds, async (history) => {
    const { store, committer, clock } = commitSetup({ maxEntries: 3, maxBytes: 4_000 });
    const offers = history.flatMap(({ arrivals }) => arrivals);
    const settled: Promise<string>[] = [];
    const written: number[] = [];
    const end = async (write: PendingWrite, how: "commit" | "fail") => {
      if (how === "fail") {
        write.fail("storage-unavailable");
        await armed(clock);
        clock.advance(2_000);
      } else {
        written.push(...write.batch.map((entry) => Number(nameOf(entry))));
        write.commit();
      }
      await turns(10);
    };
    for (const { arrivals, end: how } of history) {
      for (const { urgency, ...size } of arrivals) {
        const result = committer.commit(sized(`${settled.length}`, size), { urgency });
        settled.push(result.then(() => "committed", ({ code }) => code));
      }
      await turns(10);
      if (store.pending > 0) await end(await store.next(), how);
    }
    while (store.pending > 0) await end(await store.next(), "commit");
    await committer.drain();

    const ends = await Promise.all(settled);
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
