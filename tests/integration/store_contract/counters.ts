import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import type { MessageRef } from "../../../runtime/actor/message.ts";
import type { Store, StoreEntry, Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import {
  append,
  appended,
  bury,
  commit,
  entry,
  event,
  NOON,
  noteRow,
  postpone,
  remove,
  writing,
} from "../../support/store_entries.ts";

const TENANTS = ["acme", "rival", "third"];
const KEYS = ["one", "two"];
const REFUSED = noteRow("rated", { id: "nobody", stars: 1 });

const tenant = fc.constantFrom(...TENANTS);
const PARKED = { at: NOON, reason: "boom", because: null };
const NOWHERE: MessageRef = { tenant: "acme", kind: "job", key: "one", dueAt: NOON, seq: 1e9 };

const pick = fc.nat({ max: 12 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant("append" as const),
      tenant,
      key: fc.constantFrom(...KEYS),
      dedupeKey: fc.constantFrom(null, null, "held"),
      dueIn: fc.integer({ min: -2, max: 3 }),
    }),
  },
  // Of a message that is there or not any more, in whichever entry, and twice at times.
  { weight: 3, arbitrary: fc.record({ step: fc.constantFrom("remove" as const, "bury" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constantFrom("postpone" as const, "mark" as const), pick }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constantFrom("park" as const, "refused" as const), tenant }) },
);
const entries = fc.array(
  fc.record({ tenant, steps: fc.array(step, { maxLength: 4 }), told: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

export function counterContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} pending() is the number of messages in the mailboxes, whatever is written, refused or survived`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    let [ids, runs] = [0, 0];
    const property = fc.asyncProperty(fc.array(entries, { maxLength: 12 }), async (batches) => {
      const of = (tenant: string) => `${tenant}-${runs}`;
      const refs: MessageRef[] = [];
      runs++;
      for (const batch of batches) {
        const written = batch.map(({ tenant, steps, told }): StoreEntry =>
          entry({
            tenant: of(tenant),
            writes: steps.map((each) => writeOf(each, { refs, of, id: `${ids++}` })),
            events: told ? [event("thing.told")] : [],
          })
        );
        await writeAll(store, written, refs);
        const pending = await store.read.pending();
        for (const tenant of TENANTS.map(of)) assert.equal(pending.get(tenant) ?? 0, await counted(store, tenant));
      }
    });
    await fc.assert(property, { numRuns: 60 });
    const expected = await store.read.pending();
    assert.ok(expected.size > 0);
    const again = await opened.reopen({ died: true });
    assert.deepEqual(await again.read.pending(), expected);
    for (const [tenant, pending] of expected) assert.equal(pending, await counted(again, tenant));
  });

  Deno.test(`${name} gives no message a place that one had before, also when that is gone and the store was killed`, async () => {
    await using opened = await openStore();
    const first = await appended(opened.store);
    await commit(opened.store, writing(remove(first)));
    const second = await appended(await opened.reopen({ died: true }), { tenant: "rival" });
    assert.ok(second.seq > first.seq);
    await commit(opened.store, writing(remove(second)));
    const third = await appended(await opened.reopen());
    assert.ok(third.seq > second.seq);
  });

  Deno.test(`${name} gives on a place that only a message bore that came and went in one batch`, async () => {
    await using opened = await openStore();
    const first = await appended(opened.store);
    const gone = { ...first, seq: first.seq + 1 };
    await opened.store.write([writing(append()), writing(remove(gone))]);
    const next = await appended(await opened.reopen({ died: true }));
    assert.ok(next.seq > gone.seq);
  });
}

/** Notes where the messages of committed entries lie. */
async function writeAll(store: Store, written: readonly StoreEntry[], refs: MessageRef[]): Promise<void> {
  const results = await store.write(written);
  for (const [index, result] of results.entries()) {
    if (result.status !== "committed") continue;
    const appends = written[index]!.writes.flatMap((write) => write.write === "append" ? [write.message] : []);
    for (const [at, { tenant, kind, key, dueAt }] of appends.entries()) {
      const place = result.appended[at]!;
      if (place.slot !== "held") refs.push({ tenant, kind, key, dueAt, seq: place.seq });
    }
  }
}

function writeOf(step: Step, { refs, of, id }: {
  refs: readonly MessageRef[];
  of: (tenant: string) => string;
  id: string;
}): Write {
  switch (step.step) {
    case "append":
      return append({
        tenant: of(step.tenant),
        key: step.key,
        dedupeKey: step.dedupeKey,
        id,
        dueAt: NOON + step.dueIn,
      });
    case "refused":
      return REFUSED;
    case "park":
      return { write: "park", address: { tenant: of(step.tenant), kind: "job", key: "one" }, parked: PARKED };
    case "remove":
      return remove(refs[step.pick] ?? NOWHERE);
    case "bury":
      return bury(refs[step.pick] ?? NOWHERE);
    case "postpone":
      return postpone(refs[step.pick] ?? NOWHERE);
    case "mark":
      return { write: "mark", ref: refs[step.pick] ?? NOWHERE, deaths: 0 };
  }
}

/** The slow way. */
async function counted({ read }: Store, tenant: string): Promise<number> {
  const depths = await Promise.all(KEYS.map((key) => read.mailboxDepth({ tenant, kind: "job", key })));
  return depths.reduce((sum, depth) => sum + depth, 0);
}
