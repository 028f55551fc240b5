/** Something that a client may send, and with what it must be answered. */
export interface BadInput {
  readonly what: string;
  readonly request: Request | RawRequest;
  /** One of these; `closed`: the connection ends without an answer. */
  readonly answer: readonly Answer[];
  /** Where the answer must say that it is wrong: a JSON pointer, one of `errors`. */
  readonly pointer?: string;
  /** The answer comes from what reads HTTP, before anything of ours: it has no body. */
  readonly isBare?: boolean;
}

export type Answer = number | "closed";

/** What is left to the rig: Host, Content-Length and `Connection: close`, where no header of the same name is here. */
export interface Request {
  readonly method: string;
  /** `{job}` and `{letter}` stand for a job that has succeeded and one that has failed. */
  readonly path: string;
  readonly headers?: readonly Header[];
  readonly body?: string | Uint8Array;
}

/** Everything as it goes over the wire; `{host}` stands for the server's own. */
export interface RawRequest {
  readonly raw: string;
  /** Nothing more will come; otherwise this side stays silent, and open. */
  readonly ends?: boolean;
}

export type Header = readonly [name: string, value: string];

export const JSON_TYPE: Header = ["Content-Type", "application/json"];

export function get(path: string, ...headers: readonly Header[]): Request {
  return { method: "GET", path, headers };
}

/** A JSON body, as it stands where it is a text or bytes. */
export function post(path: string, body: unknown, ...headers: readonly Header[]): Request {
  const bytes = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return { method: "POST", path, headers: [JSON_TYPE, ...headers], body: bytes };
}

const encoder = new TextEncoder();

/** The request as bytes; header values are Latin-1, since a header may hold any byte. */
export function bytesOf(
  request: Request | RawRequest,
  host: string,
  places: Readonly<Record<string, string>>,
): Uint8Array {
  if ("raw" in request) return latin1(request.raw.replaceAll("{host}", host));
  const { method, headers = [], body = "" } = request;
  const path = request.path.replace(/\{(\w+)\}/g, (all, name) => places[name] ?? all);
  const content = typeof body === "string" ? encoder.encode(body) : body;
  const isGiven = (...names: string[]) => headers.some(([name]) => names.includes(name.toLowerCase()));
  const all = [
    ...(isGiven("host") ? [] : [["Host", host]]),
    ...(isGiven("connection") ? [] : [["Connection", "close"]]),
    ...(isGiven("content-length", "transfer-encoding") || method === "GET" ? [] : [["Content-Length", content.length]]),
    ...headers,
  ];
  const head = `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const bytes = latin1(head);
  const whole = new Uint8Array(bytes.length + content.length);
  whole.set(bytes);
  whole.set(content, bytes.length);
  return whole;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
