import assert from "node:assert/strict";
import { Draft } from "../../runtime/actor/draft.ts";
import type { Send } from "../../runtime/actor/outcome.ts";
import { LIMITS } from "../../runtime/core/limits.ts";

const TOO_LARGE = { code: "too-large" };
const row = (text = "") => ({ tables: "ledger", write: "book", args: { id: text } });
const send = (payload = "{}"): Send => ({ tenant: "acme", kind: "job", key: "one", name: "run", payload, options: {} });

Deno.test("Draft.take() answers what was collected since the last call, and nothing twice", () => {
  const draft = new Draft();
  draft.write(row());
  draft.send(send());
  draft.emit("a.b", "job/one", { done: true });
  const taken = draft.take("{}");
  assert.deepEqual([taken?.state, taken?.rows.length, taken?.sends.length, taken?.events.length], ["{}", 1, 1, 1]);
  assert.equal(draft.take(undefined), undefined);
});

Deno.test("Draft.stop() goes before a changed state, and lasts over commit points", () => {
  const draft = new Draft();
  draft.stop();
  assert.deepEqual(draft.take("{}"), { stopped: true, rows: [], sends: [], events: [] });
  assert.equal(draft.take("{}")?.stopped, true);
});

Deno.test("Draft refuses more rows, sends and events than one commit may hold, and has room again after it", () => {
  const draft = new Draft();
  const fill = [
    [LIMITS.outcomeRows, () => draft.write(row())],
    [LIMITS.outcomeSends, () => draft.send(send())],
    [LIMITS.outcomeEvents, () => draft.emit("a.b", "job/one", {})],
  ] as const;
  for (const [limit, add] of fill) {
    for (let count = 0; count < limit; count++) add();
    assert.throws(add, TOO_LARGE);
  }
  draft.take(undefined);
  for (const [, add] of fill) add();
});

Deno.test("Draft bounds what one commit weighs, events apart", () => {
  const draft = new Draft();
  const quarter = "x".repeat(LIMITS.outcomeBytes / 4);
  for (let count = 0; count < 20; count++) draft.emit("a.b", "job/one", "x".repeat(LIMITS.eventBytes - 2));
  for (let count = 0; count < 3; count++) draft.send(send(quarter));
  draft.write(row("x"));
  assert.throws(() => draft.send(send(quarter)), TOO_LARGE);
  assert.throws(() => new Draft().take("x".repeat(LIMITS.outcomeBytes + 1)), TOO_LARGE);
});

Deno.test("Draft.emit() refuses an event whose data is too large or no JSON", () => {
  const draft = new Draft();
  assert.throws(() => draft.emit("a.b", "job/one", "x".repeat(LIMITS.eventBytes)), TOO_LARGE);
  assert.throws(() => draft.emit("a.b", "job/one", 1n), { code: "unserializable" });
});
