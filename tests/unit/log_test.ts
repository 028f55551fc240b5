import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import type { LogRecord } from "@logtape/logtape";
import { jsonLine, textLine } from "../../runtime/observe/log_format.ts";
import { recordOf } from "../../runtime/observe/log_records.ts";

const record = (properties: Record<string, unknown>): LogRecord => ({
  category: ["mailroom", "runtime", "mailbox"],
  level: "warning",
  message: ["turn retried"],
  rawMessage: "turn retried",
  timestamp: Date.parse("2026-11-22T04:05:06.789Z"),
  properties,
});

Deno.test("jsonLine() is one flat object a line, its own names first (S1-13)", () => {
  const line = jsonLine(record({ tenant: "demo", attempt: 2 }));
  assert.equal(
    line,
    '{"time":"2026-11-22T04:05:06.789Z","level":"warn","category":"mailroom/runtime/mailbox","message":"turn retried",' +
      '"tenant":"demo","attempt":2}\n',
  );
});

Deno.test("jsonLine() lets no field pose as the line's own and shows errors with their stack", () => {
  const line = JSON.parse(jsonLine(record({ level: "info", message: "ready", error: new Error("broken") })));
  assert.deepEqual([line.level, line.levelField, line.message, line.messageField], [
    "warn",
    "info",
    "turn retried",
    "ready",
  ]);
  assert.match(line.error, /^Error: broken\n\s+at /);
});

Deno.test("textLine() quotes whatever is no plain word, so that nothing can forge a line or a field", () => {
  const hostile = "a\r\n04:05:06.789 error x=1 \u001b[31m\u2028\u009b\u202e";
  const line = textLine(record({ kind: "report", error: hostile }));
  assert.equal(
    line,
    "04:05:06.789 warn  mailroom/runtime/mailbox  turn retried kind=report " +
      'error="a\\r\\n04:05:06.789 error x=1 \\u001b[31m\\u2028\\u009b\\u202e"\n',
  );
  assert.equal(jsonLine(record({ error: hostile })).split("\n").length, 2);
});

Deno.test("no field forges a line, in text or JSON: nothing in it that a terminal obeys or that ends a line (P28)", () => {
  const hostile = fc.array(
    fc.oneof(
      fc.constantFrom(
        "\r",
        "\n",
        "\u001b[2J",
        "\u2028",
        "\u2029",
        "\u0085",
        "\u009b",
        "\0",
        "\u202e",
        "\ufeff",
        " level=error",
      ),
      fc.constantFrom('"}\n{"level":"error"}', "\ud800", "\u200f", "04:05:06.789 error"),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 8 },
  ).map((parts) => parts.join(""));
  const fields = fc.dictionary(
    fc.constantFrom("key", "error", "by", "requestId"),
    fc.oneof(hostile, hostile.map((text) => [text])),
  );
  fc.assert(fc.property(fields, (fields) => {
    for (const line of [jsonLine(record(fields)), textLine(record(fields))]) {
      assert.match(line, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}\ufeff]+\n$/u);
    }
    const { time: _, level, category: _c, message, ...told } = JSON.parse(jsonLine(record(fields)));
    assert.deepEqual([level, message, told], ["warn", "turn retried", { ...fields }]);
    const quoted = Object.entries(fields).length;
    const bare = textLine(record(fields)).replace(/"(?:[^"\\]|\\.)*"/g, "_");
    assert.equal([...bare.matchAll(/ \w+=/g)].length, quoted);
  }));
});

Deno.test("recordOf() gives retries as warnings, dead letters as errors, turns at debug", () => {
  const turn = { tenant: "demo", kind: "report", key: "k", messageId: "m", attempt: 1 };
  const committed = recordOf({ event: "turn.committed", durationMs: 1, waitedMs: 0, ...turn });
  assert.deepEqual(committed, {
    level: "debug",
    folder: "runtime/mailbox",
    message: "turn committed",
    fields: { durationMs: 1, waitedMs: 0, ...turn },
  });
  const code = "handler-failed";
  assert.equal(recordOf({ event: "turn.retried", delayMs: 1, code, error: "no", ...turn }).level, "warn");
  assert.equal(recordOf({ event: "message.dead-lettered", code, error: "no", ...turn }).level, "error");
});
