import { type BadInput, post } from "./bad_input.ts";

/** No five fields of minute, hour, day of the month, month and day of the week; or never due. */
const CRONS: readonly unknown[] = [
  null,
  1,
  true,
  [],
  {},
  ["* * * * *"],
  "",
  " ",
  "*",
  "* * * *",
  "* * * * * *",
  "* * * * * * *",
  "@daily",
  "@reboot",
  "hello",
  "60 * * * *",
  "-1 * * * *",
  "1.5 * * * *",
  "1e1 * * * *",
  "0x1 * * * *",
  "NaN * * * *",
  "99999999999999999999 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * 32 * *",
  "* * * 0 *",
  "* * * 13 *",
  "* * * * 8",
  "* * * * -1",
  "* * * foo *",
  "* * * * foo",
  "* * * * mon-foo",
  "*/0 * * * *",
  "*/-5 * * * *",
  "*/1.5 * * * *",
  "*/ * * * *",
  "/5 * * * *",
  "1- * * * *",
  "-5 * * * *",
  "1-2-3 * * * *",
  "1,,2 * * * *",
  ",1 * * * *",
  "1, * * * *",
  "١ * * * *",
  "１ * * * *",
  "* * * * *\u0000",
  "* * * *\u0000 *",
  "* * *\n* *",
  "*\u2028* * * *",
  "\u202e* * * * *",
  "* * * * * ; rm -rf /",
  "$(id) * * * *",
  "__proto__ * * * *",
  "constructor * * * *",
  "0 0 30 2 *",
  "0 0 31 4,6,9,11 *",
  "1,".repeat(97) + "1 * * * *",
  "*".repeat(201),
];

/** Nothing that IANA names. */
const ZONES: readonly unknown[] = [
  null,
  1,
  [],
  {},
  "",
  " ",
  "Mars/Phobos",
  "Europe/Berlin ",
  " UTC",
  "UTC+25",
  "+25:00",
  "+1",
  "GMT+99",
  "local",
  "Europe",
  "Europe/",
  "Europe\\Berlin",
  "../../etc/localtime",
  "/etc/localtime",
  "Europe/Berlin\u0000",
  "Europe/Berlin\nUTC",
  "Еurope/Berlin",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "e".repeat(65),
];

const EVERY: readonly unknown[] = [0, -1, 1, 999, 1_000.5, "1000", null, true, [], 1e300, 2 ** 53, 31_622_400_001];

type Row = readonly [part: object, pointer: string];

const REPORT = { type: "report" };
const ADD = { kind: "counter", key: "main", message: "add", payload: { by: 1 } };
const target = (given: unknown, pointer = ""): Row => [{ target: given }, `/target${pointer}`];

/** What makes a schedule that is otherwise good a bad one, and where. */
const ORDERS: readonly Row[] = [
  ...[
    "",
    "Nightly",
    "a b",
    "-a",
    "a-",
    "a--b",
    "1st",
    "ä",
    "a_b",
    "../a",
    "a\u0000",
    "a\n",
    "n".repeat(101),
    1,
    null,
    {},
  ]
    .map((name): Row => [{ name }, "/name"]),
  [{ name: undefined }, "/name"],
  [{ everyMs: undefined }, "/cron"],
  [{ cron: "0 0 * * *" }, "/everyMs"],
  [{ timeZone: "UTC" }, "/timeZone"],
  ...EVERY.map((everyMs): Row => [{ everyMs }, "/everyMs"]),
  ...["", "All", "none", "latest ", null, 1, true, []].map((catchUp): Row => [{ catchUp }, "/catchUp"]),
  ...[0, -1, 1_001, 1.5, "1", null].map((catchUpLimit): Row => [{ catchUpLimit }, "/catchUpLimit"]),
  ...[-1, 0.5, "1", null, 30_001, 86_400_001, 2 ** 53].map((jitterMs): Row => [{ jitterMs }, "/jitterMs"]),
  ...["true", 1, 0, null].map((enabled): Row => [{ enabled }, "/enabled"]),
  ...["nextAt", "tenant", "createdBy", "builtIn", "constructor", "Cron", ""].map((name): Row => [{ [name]: 1 }, ""]),
  ...[undefined, null, 1, "report", []].map((given) => target(given)),
  target({}, "/type"),
  ...["", 1, null, "x".repeat(101), "Report", "counter", "constructor"].map((type) => target({ type }, "/type")),
  target({ ...REPORT, key: "main" }, "/key"),
  target({ ...REPORT, message: "run" }, "/message"),
  target({ ...REPORT, kind: "counter" }, "/kind"),
  target({ ...REPORT, priority: 1 }),
  target({ ...REPORT, payload: { from: 1 } }, "/payload/from"),
  target({ ...REPORT, payload: null }, "/payload"),
  ...["", 1, null, "report", "Counter", "constructor", "__proto__"].map((kind) => target({ ...ADD, kind }, "/kind")),
  ...["", 1, "a b", "a/b", "ä", "a\u0000", "k".repeat(201)].map((key) => target({ ...ADD, key }, "/key")),
  ...[undefined, "", 1, null, "Add", "toString", "constructor"].map((message) =>
    target({ ...ADD, message }, "/message")
  ),
  target({ ...ADD, payload: { by: "1" } }, "/payload/by"),
  target({ ...ADD, payload: undefined }, "/payload/by"),
];

/** Parsed, but no schedule: 422, and where. */
export const SCHEDULE_INPUTS: readonly BadInput[] = [
  ...CRONS.map((cron) => preview({ cron }, "/cron")),
  ...CRONS.filter((_, index) => index % 5 === 0).map((cron) => order([{ cron, everyMs: undefined }, "/cron"])),
  ...ZONES.map((timeZone) => preview({ cron: "0 0 * * *", timeZone }, "/timeZone")),
  ...EVERY.map((everyMs) => preview({ everyMs }, "/everyMs")),
  ...[0, -1, 101, 1.5, "5", null].map((count) => preview({ everyMs: 1_000, count }, "/count")),
  preview({}, "/cron"),
  ...ORDERS.map(order),
];

function order([part, pointer]: Row): BadInput {
  return refused("/api/schedules", { name: "bad", everyMs: 60_000, target: REPORT, ...part }, pointer);
}

function preview(body: object, pointer: string): BadInput {
  return refused("/api/schedules/preview", body, pointer);
}

function refused(path: string, body: object, pointer: string): BadInput {
  const what = `${path} ${JSON.stringify(body).slice(0, 120)}`;
  return { what, request: post(path, body), answer: [422], pointer };
}
