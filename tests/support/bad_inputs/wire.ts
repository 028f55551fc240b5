import type { Answer, BadInput } from "./bad_input.ts";

const REPORT = '{"type":"report"}';
const CHUNK = `11\r\n${REPORT}\r\n`;

function submit(headers: readonly string[], body: string): string {
  const all = ["Host: {host}", "Content-Type: application/json", "Connection: close", ...headers];
  return `POST /api/jobs HTTP/1.1\r\n${all.map((line) => `${line}\r\n`).join("")}\r\n${body}`;
}

function ask(head: string, ...headers: readonly string[]): string {
  return `${head}\r\nHost: {host}\r\nConnection: close\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
}

const CHUNKED = "Transfer-Encoding: chunked";

/** Two readers of these would not agree on where the request ends. */
const SMUGGLING: Readonly<Record<string, string>> = {
  "a length and chunks": submit(["Content-Length: 4", CHUNKED], `${CHUNK}0\r\n\r\n`),
  "chunks and a length": submit([CHUNKED, "Content-Length: 4"], `${CHUNK}0\r\n\r\n`),
  "two lengths": submit(["Content-Length: 17", "Content-Length: 5"], REPORT),
  "two lengths in one": submit(["Content-Length: 17, 5"], REPORT),
  "the same length twice in one": submit(["Content-Length: 17, 17"], REPORT),
  "a length below zero": submit(["Content-Length: -1"], REPORT),
  "a length with a plus": submit(["Content-Length: +17"], REPORT),
  "a hexadecimal length": submit(["Content-Length: 0x11"], REPORT),
  "a length with a point": submit(["Content-Length: 17.0"], REPORT),
  "a length with an exponent": submit(["Content-Length: 1e1"], REPORT),
  "a length in words": submit(["Content-Length: seventeen"], REPORT),
  "an empty length": submit(["Content-Length:"], REPORT),
  "a length with a space in it": submit(["Content-Length: 1 7"], REPORT),
  "a length beyond 64 bits": submit(["Content-Length: 99999999999999999999999"], REPORT),
  "xchunked": submit(["Transfer-Encoding: xchunked"], `${CHUNK}0\r\n\r\n`),
  "chunked, identity": submit(["Transfer-Encoding: chunked, identity"], `${CHUNK}0\r\n\r\n`),
  "identity": submit(["Transfer-Encoding: identity"], REPORT),
  "gzip alone": submit(["Transfer-Encoding: gzip"], REPORT),
  "chunked twice": submit([CHUNKED, CHUNKED], `${CHUNK}0\r\n\r\n`),
  "chunked behind a vertical tab": submit(["Transfer-Encoding: \x0bchunked"], `${CHUNK}0\r\n\r\n`),
  "chunked in quotes": submit(['Transfer-Encoding: "chunked"'], `${CHUNK}0\r\n\r\n`),
  "a space before the colon": submit(["Transfer-Encoding : chunked"], `${CHUNK}0\r\n\r\n`),
  "a space before the name": submit([" Transfer-Encoding: chunked"], `${CHUNK}0\r\n\r\n`),
  "chunks of HTTP/1.0": submit([CHUNKED], `${CHUNK}0\r\n\r\n`).replace("HTTP/1.1", "HTTP/1.0"),
};

/** What cannot be read as a request. */
const UNREADABLE: Readonly<Record<string, string>> = {
  "a folded header": ask("GET /health HTTP/1.1", "X-A: a", " b"),
  "a folded header, by a tab": ask("GET /health HTTP/1.1", "X-A: a", "\tb"),
  "a NUL in a header": ask("GET /health HTTP/1.1", "X-A: a\0b"),
  "an escape in a header": ask("GET /health HTTP/1.1", "X-Request-Id: a\x1bb"),
  "a carriage return in a header": ask("GET /health HTTP/1.1", "X-A: a\rb"),
  "a space in a header's name": ask("GET /health HTTP/1.1", "X A: b"),
  "a NUL in a header's name": ask("GET /health HTTP/1.1", "X\0A: b"),
  "a header without a name": ask("GET /health HTTP/1.1", ": b"),
  "a header without a colon": ask("GET /health HTTP/1.1", "X-A"),
  "a name of Latin-1": ask("GET /health HTTP/1.1", "X-\xe9: b"),
  "two hosts": ask("GET /health HTTP/1.1", "Host: {host}"),
  "two hosts that differ": ask("GET /health HTTP/1.1", "Host: evil.example"),
  "1,000 headers": ask("GET /health HTTP/1.1", ...Array.from({ length: 1_000 }, (_, index) => `X-${index}: a`)),
  "a header of 1 MB": ask("GET /health HTTP/1.1", `X-A: ${"a".repeat(1_000_000)}`),
  "a path of 70,000 characters": ask(`GET /${"a".repeat(70_000)} HTTP/1.1`),
  "a path with a space": ask("GET /heal th HTTP/1.1"),
  "a path with a NUL": ask("GET /health\0 HTTP/1.1"),
  "a path with a tab": ask("GET /heal\tth HTTP/1.1"),
  "a path that is no UTF-8": ask("GET /h\xff HTTP/1.1"),
  "a path that begins with no slash": ask("GET health HTTP/1.1"),
  "no path": ask("GET HTTP/1.1"),
  "an asterisk for a path": ask("GET * HTTP/1.1"),
  "no version": ask("GET /health"),
  "version 0.9": ask("GET /health HTTP/0.9"),
  "version 1.2": ask("GET /health HTTP/1.2"),
  "version 2.0": ask("GET /health HTTP/2.0"),
  "another protocol": ask("GET /health ICAP/1.0"),
  "a version in small letters": ask("GET /health http/1.1"),
  "a method with an at sign": ask("G@T /health HTTP/1.1"),
  "a method with a NUL": ask("GE\0T /health HTTP/1.1"),
  "no method": ask(" /health HTTP/1.1"),
  "lines that end in a carriage return": ask("GET /health HTTP/1.1").replaceAll("\r\n", "\r"),
  "a TLS hello": `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03${"a".repeat(100)}`,
  "every byte": String.fromCharCode(...Array(256).keys()),
  "a greeting": "Hello?\r\n\r\n",
  "a mail": "EHLO evil.example\r\nMAIL FROM:<a@evil.example>\r\n",
};

/** Bodies in chunks that are none, or that break off. */
const BROKEN: Readonly<Record<string, string>> = {
  "a chunk size in words": submit([CHUNKED], `zz\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk size below zero": submit([CHUNKED], `-1\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk size with a sign": submit([CHUNKED], `+11\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk size with 0x": submit([CHUNKED], `0x11\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk size beyond 64 bits": submit([CHUNKED], `fffffffffffffffff\r\n${REPORT}\r\n0\r\n\r\n`),
  "no chunk size": submit([CHUNKED], `\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk that goes on": submit([CHUNKED], `5\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk with no line break behind it": submit([CHUNKED], `11\r\n${REPORT}0\r\n\r\n`),
  "a chunk size that ends in a line feed": submit([CHUNKED], `11\n${REPORT}\r\n0\r\n\r\n`),
  "20,000 characters behind a chunk size": submit([CHUNKED], `11;${"a".repeat(20_000)}\r\n${REPORT}\r\n0\r\n\r\n`),
  "a chunk that breaks off": submit([CHUNKED], `20\r\n${REPORT}`),
  "chunks that break off": submit([CHUNKED], CHUNK),
  "a body that breaks off": submit(["Content-Length: 30"], REPORT),
  "a body that never begins": submit(["Content-Length: 30"], ""),
  "an announced body that breaks off": submit(["Content-Length: 30", "Expect: 100-continue"], REPORT),
};

/** Odd, and read as what they can only mean. */
const READ: readonly (readonly [what: string, raw: string, ...answer: Answer[]])[] = [
  ["the same length twice", submit(["Content-Length: 17", "Content-Length: 17"], REPORT), 201],
  ["a length with leading zeros", submit(["Content-Length: 000017"], REPORT), 201],
  ["a shorter length than the body", submit(["Content-Length: 5"], REPORT), 400],
  ["chunks and something behind them", submit([CHUNKED], `${CHUNK}0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`), 201],
  ["a chunk with an extension", submit([CHUNKED], `11;a=b\r\n${REPORT}\r\n0\r\n\r\n`), 201],
  ["a trailer that says another length", submit([CHUNKED], `${CHUNK}0\r\nContent-Length: 4\r\n\r\n`), 201],
  ["what the server cannot decode", submit(["Transfer-Encoding: gzip, chunked"], "2\r\n\x1f\x8b\r\n0\r\n\r\n"), 400],
  ["a body that is announced", submit(["Content-Length: 17", "Expect: 100-continue"], REPORT), 201],
  ["lines that end in a line feed", ask("GET /health HTTP/1.1").replaceAll("\r\n", "\n"), 200],
  ["empty lines first", `\r\n\r\n${ask("GET /health HTTP/1.1")}`, 200],
  ["no host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 200, 400],
  ["HTTP/1.0", "GET /health HTTP/1.0\r\nHost: {host}\r\n\r\n", 200],
  ["a whole URL", ask("GET http://{host}/health HTTP/1.1"), 200],
  ["a fragment", ask("GET /health#x HTTP/1.1"), 200],
  ["a header of 20,000 characters", ask("GET /health HTTP/1.1", `X-A: ${"a".repeat(20_000)}`), 200],
  ["a method of 9,000 characters", ask(`${"A".repeat(9_000)} /health HTTP/1.1`), 405],
  ["CONNECT", ask("CONNECT {host} HTTP/1.1"), 404],
  ["CONNECT to elsewhere", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 403],
  ["OPTIONS of everything", ask("OPTIONS * HTTP/1.1"), 404],
  ["an upgrade to a web socket", ask("GET /health HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"), 200],
  [
    "an upgrade to HTTP/2",
    ask("GET /health HTTP/1.1", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"),
    200,
  ],
];

export const WIRE_INPUTS: readonly BadInput[] = [
  ...[SMUGGLING, UNREADABLE].flatMap((table) =>
    Object.entries(table).map(([what, raw]): BadInput => ({
      what,
      request: { raw, ends: true },
      answer: [400, "closed"],
      isBare: true,
    }))
  ),
  ...Object.entries(BROKEN).map(([what, raw]): BadInput => ({
    what,
    request: { raw, ends: true },
    answer: [400, "closed"],
  })),
  ...READ.map(([what, raw, ...answer]): BadInput => ({ what, request: { raw }, answer })),
  { what: "nothing at all", request: { raw: "", ends: true }, answer: ["closed"] },
  {
    what: "half a head",
    request: { raw: "GET /health HTTP/1.1\r\nHost:", ends: true },
    answer: [400, "closed"],
    isBare: true,
  },
  {
    what: "the preface of HTTP/2",
    request: { raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ends: true },
    answer: ["closed"],
  },
];

/** Requests that stop in the middle, for connections that stay open and silent. */
export const SILENT: readonly string[] = [
  "",
  "GET",
  "GET /health HTTP/1.1\r\nHost: {host}\r\n",
  submit(["Content-Length: 30"], ""),
  submit(["Content-Length: 30"], REPORT),
  submit([CHUNKED], ""),
  submit([CHUNKED], CHUNK),
  submit([CHUNKED], "20\r\n{"),
];
