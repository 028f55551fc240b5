import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import type { EventDraft } from "../../../runtime/actor/journal.ts";
import type { Store, StoredEvent, StoreEntry } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { entry, NOON, noteRow } from "../../support/store_entries.ts";

const TENANTS = ["acme", "rival"];
const REFUSED = noteRow("rated", { id: "nobody", stars: 1 });

const tenant = fc.constantFrom(...TENANTS);
const written = fc.record({
  tenant,
  at: fc.nat({ max: 1_000 }),
  /** Beyond what is stored together, at times. */
  events: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 4 }) }, {
    weight: 1,
    arbitrary: fc.constantFrom(127, 128, 129, 300),
  }),
  refused: fc.boolean(),
  trim: fc.option(fc.record({ tenant, share: fc.nat({ max: 100 }) }), { freq: 4 }),
});
const read = fc.record({
  tenant,
  after: fc.nat({ max: 110 }),
  limit: fc.constantFrom<number>(0, 1, 2, 127, 128, 129, 1_000),
});
const round = fc.record({ batch: fc.array(written, { minLength: 1, maxLength: 4 }), reads: fc.array(read) });

export function logPropertyContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} keeps each log as a list would, whatever is written together, trimmed and read`, async () => {
    await using opened = await openStore();
    const runs: Run[] = [];
    const property = fc.asyncProperty(fc.array(round, { maxLength: 8 }), async (rounds) => {
      const run = new Run(runs.length);
      runs.push(run);
      for (const { batch, reads } of rounds) {
        await run.write(opened.store, batch);
        await run.compare(opened.store, reads);
      }
    });
    await fc.assert(property, { numRuns: 50 });
    const again = await opened.reopen({ died: true });
    for (const run of runs) await run.compare(again, TENANTS.map((tenant) => ({ tenant, after: 0, limit: 10_000 })));
  });
}

interface Log {
  readonly events: StoredEvent[];
  trimmedTo: number;
}

type Written = typeof written extends fc.Arbitrary<infer W> ? W : never;
type Read = typeof read extends fc.Arbitrary<infer R> ? R : never;

/** What was written so far of tenants of its own, as lists. */
class Run {
  readonly #run: number;
  readonly #logs = new Map(TENANTS.map((name): [string, Log] => [name, { events: [], trimmedTo: 0 }]));
  #drafts = 0;

  constructor(run: number) {
    this.#run = run;
  }

  async write(store: Store, batch: readonly Written[]): Promise<void> {
    const upTos = batch.map(({ trim }) => trim === null ? 0 : this.#upTo(trim));
    const entries = batch.map((each, index) => this.#entryOf(each, upTos[index]!));
    const results = await store.write(entries);
    for (const [index, { tenant, at, refused, trim }] of batch.entries()) {
      const result = results[index]!;
      assert.equal(result.status, refused ? "refused" : "committed");
      if (result.status !== "committed") continue;
      if (trim !== null) {
        const marked = this.#logs.get(trim.tenant)!;
        marked.trimmedTo = Math.max(marked.trimmedTo, upTos[index]!);
      }
      const { events } = this.#logs.get(tenant)!;
      const drafts = entries[index]!.events ?? [];
      assert.equal(result.firstEvent, drafts.length === 0 ? 0 : events.length + 1);
      for (const draft of drafts) events.push({ ...draft, at: NOON + at, number: events.length + 1 });
    }
  }

  async compare(store: Store, reads: readonly Read[]): Promise<void> {
    for (const [tenant, { events, trimmedTo }] of this.#logs) {
      assert.deepEqual(await store.read.logMark(this.#of(tenant)), { last: events.length, trimmedTo });
    }
    for (const { tenant, after: share, limit } of reads) {
      const { events, trimmedTo } = this.#logs.get(tenant)!;
      const after = Math.floor(events.length * share / 100);
      const expected = events.filter(({ number }) => number > Math.max(after, trimmedTo)).slice(0, limit);
      assert.deepEqual(await store.read.events(this.#of(tenant), { after, limit }), expected);
    }
  }

  #entryOf({ tenant, at, events, refused, trim }: Written, upTo: number): StoreEntry {
    const drafts = Array.from({ length: events }, (): EventDraft => {
      const number = ++this.#drafts;
      return {
        type: `thing.${number % 3}`,
        subject: `thing/${number}`,
        data: `{ "n": ${number}.0, "é": "\\u00e9\\n" }`,
      };
    });
    return entry({
      tenant: this.#of(tenant),
      at: NOON + at,
      writes: [
        ...(trim === null ? [] : [{ write: "trim", tenant: this.#of(trim.tenant), upTo } as const]),
        ...(refused ? [REFUSED] : []),
      ],
      events: drafts,
    });
  }

  #of(tenant: string): string {
    return `${tenant}-${this.#run}`;
  }

  /** Of the events that are there before the batch: marks move before its own are. */
  #upTo({ tenant, share }: { tenant: string; share: number }): number {
    return Math.floor(this.#logs.get(tenant)!.events.length * share / 100);
  }
}
