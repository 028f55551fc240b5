import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { packBatch, unpackBatch } from "../../runtime/store/sqlite/batch_wire.ts";
import type { Claim, NewMessage, StoreEntry, Write } from "../../runtime/store/contract.ts";

const text = fc.string({ unit: "binary" });
const whole = fc.maxSafeInteger();
const event = fc.record({ type: text, subject: text, data: text });
const row = fc.record({
  tables: text,
  write: text,
  args: fc.dictionary(fc.string(), fc.oneof(text, whole, fc.constant(null))),
});
const ref = fc.record({ tenant: text, kind: text, key: text, dueAt: whole, seq: whole });
const message: fc.Arbitrary<NewMessage> = fc.record({
  ...{ tenant: text, kind: text, key: text, id: text, name: text, version: whole, payload: text, priority: whole },
  ...{ dueAt: whole, enqueuedAt: whole, by: text, maxAttempts: whole, timeoutMs: whole, dedupeKey: fc.option(text) },
  batch: fc.option(text),
});
const claim: fc.Arbitrary<Claim> = fc.record({ scope: text, key: text, print: text, answer: text, until: whole });

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    write: fc.constant("append" as const),
    message,
    fresh: fc.boolean(),
    recorded: fc.boolean(),
    with: fc.record({ rows: fc.array(row, { maxLength: 3 }), events: fc.array(event, { maxLength: 3 }) }),
  }),
  fc.record({ write: fc.constant("remove" as const), ref, recorded: fc.boolean() }),
  fc.record({ write: fc.constant("row" as const), row }),
  fc.record({ write: fc.constant("blob-chunk" as const), id: text, index: whole, bytes: fc.uint8Array() }),
  fc.record({ write: fc.constant("mark" as const), ref, deaths: whole }),
  fc.record({ write: fc.constant("discard" as const), id: text }),
);
const entry: fc.Arbitrary<StoreEntry> = fc.record(
  {
    tenant: text,
    at: whole,
    claim,
    writes: fc.array(write, { maxLength: 4 }),
    rows: fc.array(row, { maxLength: 3 }),
    events: fc.array(event, { maxLength: 3 }),
  },
  { requiredKeys: ["tenant", "at", "writes", "rows", "events"], noNullPrototype: true },
);

Deno.test("unpackBatch() answers the batch that packBatch() was given, whatever it holds", () => {
  fc.assert(fc.property(fc.array(entry, { maxLength: 5 }), (batch) => {
    assert.deepEqual(plain(unpackBatch(packBatch(batch))), plain(batch));
  }));
});

Deno.test("packBatch() copies chunks, so that its caller can give them again", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const { chunks } = packBatch([{
    tenant: "acme",
    at: 1,
    writes: [{ write: "blob-chunk", id: "b", index: 0, bytes }],
  }]);
  assert.deepEqual(chunks, [bytes]);
  assert.notEqual(chunks[0]!.buffer, bytes.buffer);
});

Deno.test("packBatch() keeps what a sender left out apart from what it said", () => {
  const append: Write = { write: "append", message: fc.sample(message, 1)[0]! };
  const [unpacked] = unpackBatch(packBatch([{ tenant: "acme", at: 1, writes: [append] }]));
  const expected = { ...append, fresh: false, recorded: false, with: { rows: [], events: [] } };
  assert.deepEqual(plain(unpacked), plain({ tenant: "acme", at: 1, writes: [expected], rows: [], events: [] }));
});

/** The same without regard to prototypes, which are not sent. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
