import assert from "node:assert/strict";
import { retryAfterMs, waitSaidIn } from "../../runtime/upstream/retry_after.ts";
import { quickestMs } from "../support/quickest.ts";

const NOW = Date.parse("2026-11-22T08:00:00Z");
const DAY_MS = 86_400_000;

const asked = (value: string, more: Record<string, string> = {}) =>
  retryAfterMs({ "retry-after": value, ...more }, NOW);

Deno.test("retryAfterMs() reads seconds and dates, at most a day, and nothing else", () => {
  assert.equal(retryAfterMs({}, NOW), null);
  assert.equal(asked("0"), 0);
  assert.equal(asked(" 7 "), 7_000);
  assert.equal(asked("9".repeat(30)), DAY_MS);
  assert.equal(asked("Sun, 22 Nov 2026 08:00:30 GMT"), 30_000);
  assert.equal(asked("Sun, 22 Nov 2026 07:00:00 GMT"), 0);
  assert.equal(asked("Sun, 22 Nov 2099 07:00:00 GMT"), DAY_MS);
  for (const value of ["", "-1", "1.5", "soon", "1e3", "2026-11-22T09:00:00Z", "Sun, 99 Nov 2026 08:00:30 GMT"]) {
    assert.equal(asked(value), null, value);
  }
});

Deno.test("retryAfterMs() counts a date from the answer's own Date when it has one, whosever clock is right", () => {
  const date = "Sun, 22 Nov 2026 11:00:00 GMT";
  assert.equal(asked("Sun, 22 Nov 2026 11:00:30 GMT", { date }), 30_000);
  assert.equal(asked("Sun, 22 Nov 2026 08:00:30 GMT", { date: "today" }), 30_000);
  assert.equal(asked("30", { date }), 30_000);
});

Deno.test("waitSaidIn() finds how long to wait in the words of many (S3-15)", () => {
  const said: Record<string, number> = {
    "Please wait for 3406 seconds": 3_406_000,
    '{"message":"API calls quota exceeded! Please wait for 3406 seconds before next call."}': 3_406_000,
    "You must wait at least 2 minutes before trying again": 120_000,
    "wait 30s": 30_000,
    "Wait another 1.5 seconds.": 1_500,
    "please wait 1 minute and 30 seconds": 90_000,
    "Rate limit exceeded. Try again in 10 seconds.": 10_000,
    "Retry after 45 sec": 45_000,
    "retry your request in 5 minutes": 300_000,
    "Please try again after 1 hour": 3_600_000,
    "come back in 250 ms": 250,
    '{"error":"Rate limit is exceeded. Try again in 59 seconds."}': 59_000,
    '{"detail":"Request was throttled. Expected available in 86 seconds."}': 86_000,
    "Your quota resets in 12s": 12_000,
    "You are blocked for 10 minutes": 600_000,
    "17 seconds remaining until the next request": 17_000,
    '{"retry_after": 12}': 12_000,
    '{"retry_after":0.35,"global":false}': 350,
    '{"retryAfterSeconds":"12"}': 12_000,
    '{"retryAfterMs":1200}': 1_200,
    "Retry-After: 7": 7_000,
    "<html><body><h1>429</h1>\n<p>Please\nwait for 90 seconds</p></body></html>": 90_000,
    "wait for 999999999 seconds": DAY_MS,
  };
  for (const [text, ms] of Object.entries(said)) assert.equal(waitSaidIn(text), ms, text);
});

Deno.test("waitSaidIn() finds no wait in other words", () => {
  const others = [
    "",
    "Too many requests",
    "Please wait",
    "wait for it. 3 seconds ago all was well",
    "limit: 100 requests per 60 seconds",
    "The request took 30 seconds",
    "Try 3 times in all",
    `${"x".repeat(10_000)} wait for 5 seconds`,
  ];
  for (const text of others) assert.equal(waitSaidIn(text), null, text);
});

Deno.test("waitSaidIn() is done with hostile text at once", async () => {
  for (
    const text of ["wait ".repeat(2_000), "try again in ".repeat(700), `wait${" ".repeat(8_000)}`, "1 ".repeat(4_000)]
  ) {
    const tookMs = await quickestMs(100, () => {
      const begunAt = performance.now();
      waitSaidIn(text);
      return performance.now() - begunAt;
    });
    assert.ok(tookMs < 100, text.slice(0, 20));
  }
});
