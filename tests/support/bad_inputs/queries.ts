import { type BadInput, get, type Header } from "./bad_input.ts";

type Row = readonly [parameters: string, pointer: string];

const NOTHING_MORE = [
  "__proto__[a]=1",
  "__%70roto__=1",
  "x=1",
  "LIMIT=1",
  "limit[]=1",
  "constructor=1",

  "toString=",
  "jobId=1",
  "%00=1",
  "a.b=1",
];

const PAGED: readonly Row[] = [
  ...[
    "0",
    "-1",
    "201",
    "1.5",
    "",
    "abc",
    "NaN",
    "Infinity",
    "1e9",
    "0x10",
    "1e1",
    "+5",
    "%205",
    "5%20",
    "5%0A",
    "٥",
    "1,2",
  ]
    .map((limit): Row => [`limit=${limit}`, "/limit"]),
  ["limit=1&limit=2", "/limit"],
  [`cursor=${"A".repeat(501)}`, "/cursor"],
  ["cursor=A&cursor=B", "/cursor"],
  ...NOTHING_MORE.map((parameters): Row => [parameters, ""]),
  ...["__proto__=1", "_%5fproto__=1"].map((
    parameters,
  ): Row => [parameters, "/__proto__"]),
  ["tenant=a&tenant=a", "/tenant"],
];

const OF_JOBS: readonly Row[] = [
  ...["", "done", "Queued", ",queued", "queued%00", "__proto__", "queued;failed"]
    .map((status): Row => [`status=${status}`, "/status/0"]),
  ["status=queued,", "/status/1"],
  ["status=queued,done", "/status/1"],
  ["status=queued&status=done", "/status/1"],
  [`status=${Array(6).fill("queued")}`, "/status"],
  [`type=${"x".repeat(101)}`, "/type"],
  ["type=a&type=b", "/type"],
  ...[
    "",
    "now",
    "0",
    "1732233600000",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00%2B99:00",
  ]
    .map((createdFrom): Row => [`createdFrom=${createdFrom}`, "/createdFrom"]),
  ["createdUntil=never", "/createdUntil"],
  ["createdFrom=2026-01-01T00:00:00+00:00", "/createdFrom"],
];

const KINDS = ["", "Counter", "a%20b", "__proto__", "-", "k".repeat(101), "%00"];

/** 400: nothing that a page of the list ended with. */
const CURSORS = [
  "",
  "a",
  "nonsense",
  "%00",
  "====",
  "MDE",
  "01JD9ZK5T3M6X8QV2N4B7C1RSW",
  "bm9uc2Vuc2U",
  "J29yIDE9MS0t",
  "_____w",
  "w68",
  "e30",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "%F0%9F%98%80",
  "a+b/c=",
  "A".repeat(500),
];
const LISTS = [
  "/api/jobs",
  "/api/dead-letters",
  "/api/actors",
  "/api/schedules",
  "/api/subscriptions",
  "/api/streams",
  "/api/parcels",
  "/api/transactions",
  "/api/orders",
];

const TENANTS = [
  "",
  "ACME",
  "a/b",
  "-a",
  "_a",
  "a.b",
  "a%20b",
  "%00",
  "a%0Ab",
  "%C3%A9",
  "..",
  "%2e%2e",
  "x".repeat(64),
  "a,b",
  "*",
  "%",
];
/** As a header holds it. */
const TENANT_HEADERS = [
  "ACME",
  "a/b",
  "-a",
  "a b",
  "a\tb",
  "é",
  "..",
  "x".repeat(64),
  "a, b",
  "__proto__",
  "'; drop table jobs; --",
];

const TOPICS = [
  "",
  "Job",
  "job,",
  ",job",
  "job,,parcel",
  "job%20",
  "-job",
  "job;parcel",
  Array(51).fill("job").join(","),
  "%00",
];

export const QUERY_INPUTS: readonly BadInput[] = [
  ...LISTS.flatMap((list) => PAGED.map((row) => invalid(list, row))),
  ...OF_JOBS.map((row) => invalid("/api/jobs", row)),
  ...KINDS.map((kind) => invalid("/api/dead-letters", [`kind=${kind}`, "/kind"])),
  ...KINDS.map((kind) => invalid("/api/actors", [`kind=${kind}`, "/kind"])),
  invalid("/api/actors", ["status=running", "/status"]),
  ...LISTS.flatMap((list) =>
    CURSORS.map((cursor): BadInput => ({
      what: `${list}?cursor=${cursor.slice(0, 40)}`,
      request: get(`${list}?cursor=${cursor}`),
      answer: [400],
    }))
  ),
  ...TENANTS.map((tenant) => invalid("/api/jobs", [`tenant=${tenant}`, "/tenant"])),
  ...TENANT_HEADERS.map((tenant): BadInput => ({
    what: `X-Tenant: ${tenant.slice(0, 40)}`,
    request: get("/api/jobs", ["X-Tenant", tenant] satisfies Header),
    answer: [422],
    pointer: "/tenant",
  })),
  {
    what: "two X-Tenant",
    request: get("/api/jobs", ["X-Tenant", "a"], ["X-Tenant", "b"]),
    answer: [422],
    pointer: "/tenant",
  },
  ...TOPICS.map((topics) => invalid("/api/notifications/stream", [`topics=${topics}`, "/topics"])),
  invalid("/api/notifications/stream", ["named=yes", "/named"]),
  invalid("/api/notifications/stream", ["more=1", ""]),
  ...TOPICS.map((topics) => invalid("/api/notifications/ws", [`topics=${topics}`, "/topics"])),
  invalid("/api/notifications/ws", ["named=true", ""]),
  invalid("/api/jobs/{job}/stream", ["named=1", "/named"]),
  ...["exe", "CSV", "constructor", "__proto__", "x".repeat(21), "csv%00", "../csv", ""].map((format) =>
    invalid("/api/jobs/{job}/result", [`format=${format}`, "/format"])
  ),
  { what: "arguments for a query that takes none", request: get("/api/actors/counter/main/count?by=1"), answer: [200] },
  { what: "half a percent sign", request: get("/api/jobs?type=%"), answer: [200] },
  { what: "a query that is no UTF-8", request: get("/api/jobs?type=%ff%fe"), answer: [200] },
  { what: "8,000 ampersands", request: get(`/api/jobs?${"&".repeat(8_000)}`), answer: [422] },
  { what: "65 parameters", request: get(`/health?${"a&".repeat(64)}a`), answer: [422] },
];

function invalid(path: string, [parameters, pointer]: Row): BadInput {
  const what = `${path}?${parameters.slice(0, 60)}`;
  return { what, request: get(`${path}?${parameters}`), answer: [422], pointer };
}
