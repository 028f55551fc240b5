/** The first lines of an answer in HTTP/1.1. */
export interface AnswerHead {
  readonly version: "1.0" | "1.1";
  readonly status: number;
  /** In order; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How the end of a body is known. @see RFC 9112, section 6.3 */
export type Framing = { readonly by: "none" | "chunks" | "close" } | { readonly by: "length"; readonly bytes: number };

const STATUS_LINE = /^HTTP\/(1\.[01]) (\d{3})(?: .*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** @throws {TypeError} when it is no HTTP; one line's folding into two, which is out of use, is none */
export function parseHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const status = STATUS_LINE.exec(first);
  const fields = lines.map((line) => FIELD.exec(line));
  if (status === null || fields.some((field) => field === null)) throw new TypeError("invalid HTTP answer");
  return {
    version: status[1] as AnswerHead["version"],
    status: Number(status[2]),
    headers: fields.map((field) => [field![1]!.toLowerCase(), field![2]!] as const),
  };
}

/** @throws {TypeError} when it can be understood in two ways */
export function framingOf({ status, headers }: AnswerHead, method: string): Framing {
  if (method === "HEAD" || status === 204 || status === 304) return { by: "none" };
  const codings = valuesOf(headers, "transfer-encoding");
  const lengths = new Set(valuesOf(headers, "content-length"));
  if (codings.length > 0) {
    if (codings.join() !== "chunked" || lengths.size > 0) throw new TypeError("invalid HTTP framing");
    return { by: "chunks" };
  }
  if (lengths.size === 0) return { by: "close" };
  const [length] = lengths;
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length!)) throw new TypeError("invalid HTTP framing");
  return { by: "length", bytes: Number(length) };
}

/** Whether the other side takes another request on the connection after the answer. @see RFC 9112, section 9.3 */
export function keepsAlive({ version, headers }: AnswerHead, framing: Framing): boolean {
  const options = valuesOf(headers, "connection").flatMap((value) => value.split(",")).map((option) => option.trim());
  return version === "1.1" && framing.by !== "close" && !options.includes("close") && !options.includes("upgrade");
}

function valuesOf(headers: AnswerHead["headers"], wanted: string): string[] {
  return headers.filter(([name]) => name === wanted).map(([, value]) => value.toLowerCase());
}
