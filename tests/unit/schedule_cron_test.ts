import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { CronTimes } from "../../runtime/schedule/cron.ts";
import { cronText, type OracleCron, type OracleField, oracleTimes } from "../support/cron_oracle.ts";

const DAY = 24 * 60 * 60 * 1_000;
const iso = (instants: readonly number[]) => instants.map((instant) => new Date(instant).toISOString().slice(0, 16));

function next(cron: string, timeZone: string, { from, count = 3 }: { from: string; count?: number }): string[] {
  const times = new CronTimes({ cron, timeZone });
  const instants: number[] = [];
  for (let last = Date.parse(from); instants.length < count;) instants.push(last = times.after(last)!);
  return iso(instants);
}

const REFUSED: readonly (readonly [cron: string, why: RegExp])[] = [
  ["0 0 30 2 *", /there is no such day/],
  ["0 0 31 4,6,9,11 *", /there is no such day/],
  ["61 * * * *", /61/],
  ["* 24 * * *", /24/],
  ["* * 0 * *", /day/],
  ["* * * 13 *", /month/],
  ["* * * * 8", /8/],
  ["*/0 * * * *", /0/],
  ["10-5 * * * *", /10-5/],
  ["5/15 * * * *", /5\/15/],
  ["1,,2 * * * *", /empty/],
  ["* * * *", /4 fields/],
  ["* * * * * *", /6 fields.*everyMs/],
  ["", /1 fields/],
  ["@daily", /write 0 0 \* \* \*/],
  ["@reboot", /1 fields/],
  ["0 0 ? * *", /"\?"/],
  ["0 0 1W * *", /"1W"/],
  ["0 0 * * MON#1", /"MON#1"/],
  ["0 0 * * 5L", /"5L"/],
  ["0 0 * * L", /"L"/],
  ["0 0 * JANUARY *", /"JANUARY"/],
  ["٣ * * * *", /"٣"/],
  ["* * * * *\n* * * * *", /fields/],
  ["*".repeat(300), /200 characters/],
];

for (const [cron, why] of REFUSED) {
  Deno.test(`new CronTimes() refuses ${JSON.stringify(cron.slice(0, 30))} at once`, () => {
    assert.throws(() => new CronTimes({ cron, timeZone: "Europe/Berlin" }), { code: "invalid-message", message: why });
  });
}

for (const timeZone of ["Mars/Olympus", "", "+25:00", "Europe/Berlin ".repeat(9)]) {
  Deno.test(`new CronTimes() refuses the time zone ${JSON.stringify(timeZone.slice(0, 20))}`, () => {
    assert.throws(() => new CronTimes({ cron: "* * * * *", timeZone }), {
      code: "invalid-message",
      message: /no time zone/,
    });
  });
}

Deno.test("new CronTimes() counts weekdays from Sunday, 0 or 7, as POSIX does, and takes names in any case", () => {
  const from = "2026-11-22T12:00:00Z"; // a Sunday
  const sunday = ["2026-11-29T00:00", "2026-12-06T00:00", "2026-12-13T00:00"];
  for (const weekday of ["0", "7", "SUN", "sun", "7-7"]) {
    assert.deepEqual(next(`0 0 * * ${weekday}`, "UTC", { from }), sunday);
  }
  const weekdays = ["2026-11-23T00:00", "2026-11-24T00:00", "2026-11-25T00:00", "2026-11-26T00:00", "2026-11-27T00:00"];
  for (const range of ["1-5", "MON-FRI", "mon,tue,Wed,THU,fri"]) {
    assert.deepEqual(next(`0 0 * * ${range}`, "UTC", { from, count: 5 }), weekdays);
  }
  assert.deepEqual(next("0 0 * * SAT-SUN", "UTC", { from }), [
    "2026-11-28T00:00",
    "2026-11-29T00:00",
    "2026-12-05T00:00",
  ]);
});

Deno.test("new CronTimes() means either of two days where both day fields are restricted, as POSIX does", () => {
  const from = "2026-11-22T12:00:00Z";
  assert.deepEqual(next("0 0 13 * FRI", "UTC", { from }), ["2026-11-27T00:00", "2026-12-04T00:00", "2026-12-11T00:00"]);
  assert.deepEqual(next("0 0 30 2 MON", "UTC", { from }), ["2027-02-01T00:00", "2027-02-08T00:00", "2027-02-15T00:00"]);
});

Deno.test("new CronTimes() takes L as the last day of the month, and 29 February as it comes", () => {
  const from = "2026-11-22T12:00:00Z";
  assert.deepEqual(next("0 0 L * *", "UTC", { from }), ["2026-11-30T00:00", "2026-12-31T00:00", "2027-01-31T00:00"]);
  assert.deepEqual(next("0 0 29 2 *", "UTC", { from: "2095-01-01T00:00:00Z" }), [
    "2096-02-29T00:00",
    "2104-02-29T00:00",
    "2108-02-29T00:00",
  ]);
});

Deno.test("CronTimes runs named times once, and starred times as clocks show them, where clocks are put forward", () => {
  const from = "2026-03-28T20:00:00Z"; // at 01:00 UTC on the 29th Berlin goes from 02:00 to 03:00
  const berlin = (cron: string) => next(cron, "Europe/Berlin", { from, count: 2 });
  assert.deepEqual(berlin("30 2 * * *"), ["2026-03-29T01:00", "2026-03-30T00:30"]);
  assert.deepEqual(berlin("0,30 2 * * *"), ["2026-03-29T01:00", "2026-03-30T00:00"]);
  assert.deepEqual(berlin("15 2-3 * * *"), ["2026-03-29T01:00", "2026-03-29T01:15"]);
  assert.deepEqual(berlin("0 3 * * *"), ["2026-03-29T01:00", "2026-03-30T01:00"]);
  assert.deepEqual(berlin("*/30 2 * * *"), ["2026-03-30T00:00", "2026-03-30T00:30"]);
  assert.deepEqual(next("*/30 * * * *", "Europe/Berlin", { from: "2026-03-29T00:30:00Z" }), [
    ...["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T02:00"],
  ]);
});

Deno.test("CronTimes runs named times once, and starred times twice, where clocks are put back", () => {
  const from = "2026-10-24T20:00:00Z"; // at 01:00 UTC on the 25th Berlin goes from 03:00 to 02:00
  const berlin = (cron: string, count = 2) => next(cron, "Europe/Berlin", { from, count });
  assert.deepEqual(berlin("30 2 * * *"), ["2026-10-25T00:30", "2026-10-26T01:30"]);
  assert.deepEqual(berlin("15 2-3 * * *", 3), ["2026-10-25T00:15", "2026-10-25T02:15", "2026-10-26T01:15"]);
  assert.deepEqual(berlin("*/30 2 * * *", 5), [
    ...["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-26T01:00"],
  ]);
});

const ZONES = [
  "America/Santiago",
  "Africa/Cairo",
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
];

function field(min: number, max: number): fc.Arbitrary<OracleField> {
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  const number = fc.integer({ min, max });
  return fc.oneof(
    fc.constant<OracleField>({ text: "*", values: new Set(all), isStar: true, isWild: true }),
    fc.integer({ min: 2, max: Math.ceil(max / 2) }).map((step): OracleField => ({
      text: `*/${step}`,
      values: new Set(all.filter((value) => (value - min) % step === 0)),
      // Vixie cron and croner take it for restricted, or not; both day fields are never made so here.
      isStar: false,
      isWild: true,
    })),
    fc.uniqueArray(number, { minLength: 1, maxLength: 4 }).map((values): OracleField => ({
      text: values.join(","),
      values: new Set(values),
      isStar: false,
      isWild: false,
    })),
    fc.tuple(number, number).map(([one, other]): OracleField => {
      const [from, to] = one < other ? [one, other] : [other, one];
      return {
        text: `${from}-${to}`,
        values: new Set(all.filter((value) => value >= from && value <= to)),
        isStar: false,
        isWild: false,
      };
    }),
  );
}

const cron: fc.Arbitrary<OracleCron> = fc.record({
  minute: field(0, 59),
  hour: field(0, 23),
  day: field(1, 31),
  month: fc.oneof({
    weight: 3,
    arbitrary: fc.constant<OracleField>({
      text: "*",
      values: new Set(Array.from({ length: 12 }, (_, index) => index + 1)),
      isStar: true,
      isWild: true,
    }),
  }, field(1, 12)),
  weekday: field(0, 6),
});

/** Around the days on which clocks are put forward and back. */
const start = fc.constantFrom(
  ...[
    "2026-04-23",
    "2026-09-05",
    "2026-03-06",
    "2026-03-27",
    "2026-04-03",
    "2026-10-02",
    "2026-10-23",
    "2026-10-30",
    "2027-02-26",
    "2028-02-27",
  ],
).map((day) => Date.parse(`${day}T13:00:00Z`));

Deno.test("CronTimes has the instants that clocks on the wall show, forwards and backwards alike", () => {
  fc.assert(
    fc.property(cron, fc.constantFrom(...ZONES), start, (cron, timeZone, after) => {
      const text = cronText(cron);
      const until = after + 2 * DAY;
      let times: CronTimes;
      try {
        times = new CronTimes({ cron: text, timeZone });
      } catch (error) {
        assert.match((error as Error).message, /no such day/);
        assert.deepEqual(oracleTimes(cron, { timeZone, after, until }), []);
        return;
      }
      const expected = oracleTimes(cron, { timeZone, after, until });
      const forwards: number[] = [];
      for (let at = times.after(after); at !== null && at <= until; at = times.after(at)) forwards.push(at);
      assert.deepEqual(iso(forwards), iso(expected), `${text} in ${timeZone}`);
      const backwards = times.latest({ after, until, limit: 10_000 });
      assert.deepEqual(iso(backwards.toReversed()), iso(expected), `${text} in ${timeZone}, backwards`);
      assert.deepEqual(times.latest({ after, until, limit: 5 }), expected.toReversed().slice(0, 5));
      // From wherever one looks.
      for (const at of [after + 1, after + 59_999, after + DAY + 30_500]) {
        assert.equal(
          times.after(at) ?? Infinity,
          [...expected, times.after(until) ?? Infinity].find((each) => each > at),
        );
      }
    }),
    { numRuns: 60 },
  );
});
