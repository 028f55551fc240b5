import { type BadInput, type Header, JSON_TYPE, post } from "./bad_input.ts";

const REPORT = '{"type":"report"}';
const MIB = 1024 * 1024;
const GZIP = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0]);

/** Media types that are not JSON. */
const TYPES = [
  "",
  ";",
  "json",
  "text/json",
  "text/plain",
  "text/plain; application/json",
  "text/html",
  "text/csv",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonx",
  "application/xjson",
  "application/json-seq",
  "application/x-ndjson",
  "application/jsonp",
  "application/json/x",
  "application/ json",
  "application/json, text/plain",
  "application/json, application/json",
  "application/javascript",
  "application/xml",
  "application/octet-stream",
  "application/cbor",
  "*/*",
  "constructor",
  "application/json; charset=utf-16",
  'application/json; charset="latin1"',
  "application/json; nonsense",
];

const TYPES_OF_JSON = [
  "application/json",
  "APPLICATION/JSON",
  "application/json;charset=utf-8",
  'application/json; charset="utf-8"',
  "application/vnd.mailroom+json",
];

const ENCODINGS = ["gzip", "GZIP", "br", "deflate", "compress", "zstd", "x-gzip", "gzip, identity", "identity, gzip"]
  .concat(["aes128gcm", "utf-8", "*", "", "identity, identity"]);

function raw(path: string, body: string | Uint8Array, ...headers: readonly Header[]): BadInput["request"] {
  return { method: "POST", path, headers, body };
}

/** A submission of so many bytes. */
function submission(bytes: number): string {
  return `{"type":"report","payload":{"from":"${"x".repeat(bytes - 39)}"}}x`.slice(0, -1).padEnd(bytes);
}

/** A body in chunks of 64 KiB, none of them empty but the last. */
function chunked(body: string): string {
  const chunks = Array.from(
    { length: Math.ceil(body.length / 65_536) },
    (_, at) => body.slice(at * 65_536).slice(0, 65_536),
  );
  return chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("") + "0\r\n\r\n";
}

const CHUNKED: Header = ["Transfer-Encoding", "chunked"];

export const BODY_INPUTS: readonly BadInput[] = [
  ...TYPES.map((type): BadInput => ({
    what: `the media type "${type}"`,
    request: raw("/api/jobs", REPORT, ["Content-Type", type]),
    answer: [415],
  })),
  ...TYPES.filter((type) => type !== "text/csv" && type !== "application/x-ndjson").map((type): BadInput => ({
    what: `the media type "${type}" for an import`,
    request: raw("/api/jobs/import?dataset=d", "id\n1\n", ["Content-Type", type]),
    answer: [415],
  })),
  ...TYPES_OF_JSON.map((type): BadInput => ({
    what: `the media type "${type}"`,
    request: raw("/api/jobs", REPORT, ["Content-Type", type]),
    answer: [201],
  })),
  ...ENCODINGS.flatMap((encoding): BadInput[] => [
    {
      what: `the encoding "${encoding}"`,
      request: raw("/api/jobs", GZIP, JSON_TYPE, ["Content-Encoding", encoding]),
      answer: [415],
    },
    {
      what: `the encoding "${encoding}" of an import`,
      request: raw("/api/jobs/import?dataset=d", GZIP, ["Content-Type", "text/csv"], ["Content-Encoding", encoding]),
      answer: [415],
    },
  ]),
  { what: "no media type", request: raw("/api/jobs", REPORT), answer: [415] },
  {
    what: "two media types",
    request: raw("/api/jobs", REPORT, JSON_TYPE, ["Content-Type", "text/plain"]),
    answer: [415],
  },
  {
    what: "an encoding that is none",
    request: raw("/api/jobs", REPORT, JSON_TYPE, ["Content-Encoding", "identity"]),
    answer: [201],
  },
  { what: "something compressed that does not say so", request: post("/api/jobs", GZIP), answer: [400] },
  { what: "no body at all", request: post("/api/jobs", ""), answer: [422], pointer: "/type" },
  { what: "no body and no type", request: raw("/api/jobs", ""), answer: [422], pointer: "/type" },
  { what: "1 MiB", request: post("/api/jobs", submission(MIB)), answer: [422], pointer: "/payload/from" },
  { what: "1 MiB and a byte", request: post("/api/jobs", submission(MIB + 1)), answer: [413] },
  { what: "2 MiB to an actor", request: post("/api/actors/counter/bad/add", submission(2 * MIB)), answer: [413] },
  { what: "9 MiB of a batch", request: post("/api/jobs/batch", submission(9 * MIB)), answer: [413] },
  {
    what: "1 MiB and a byte in chunks",
    request: raw("/api/jobs", chunked(submission(MIB + 1)), JSON_TYPE, CHUNKED),
    answer: [413],
  },
  { what: "chunks", request: raw("/api/jobs", chunked(REPORT), JSON_TYPE, CHUNKED), answer: [201] },
  { what: "no chunk", request: raw("/api/jobs", "0\r\n\r\n", JSON_TYPE, CHUNKED), answer: [422], pointer: "/type" },
  {
    what: "no chunk of an import",
    request: raw("/api/jobs/import?dataset=d", "0\r\n\r\n", ["Content-Type", "text/csv"], CHUNKED),
    answer: [400],
  },
  {
    what: "2 MiB where no body belongs",
    request: post("/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW/cancel", submission(2 * MIB)),
    answer: [413],
  },
  {
    what: "a body to a GET",
    request: { method: "GET", path: "/health", headers: [["Content-Length", "2"]], body: "{}" },
    answer: [200],
  },
];
