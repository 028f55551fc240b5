/** A message as far as it is read: what nodemailer composes here, in UTF-8 with at most one alternative to its text. */
export interface Message {
  /** The first of each name, by lower-case name; unfolded, encoded words decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string | null;
  readonly html: string | null;
}

/** @see RFC 5322; RFC 2045 to 2047 */
export function parseMessage(raw: string): Message {
  const { headers, body } = parsePart(raw);
  const type = headers.get("content-type") ?? "text/plain";
  const boundary = /^multipart\/.*;\s*boundary="?([^";]+)"?/is.exec(type)?.[1];
  const parts = boundary === undefined ? [{ headers, body }] : partsOf(body, boundary).map(parsePart);
  const bodyOf = (wanted: string) => {
    const part = parts.find(({ headers }) => (headers.get("content-type") ?? "text/plain").startsWith(wanted));
    return part === undefined ? null : decodeBody(part.body, part.headers.get("content-transfer-encoding") ?? "");
  };
  const shown = new Map([...headers].map(([name, value]) => [name, decodeWords(value)]));
  return { headers: shown, text: bodyOf("text/plain"), html: bodyOf("text/html") };
}

function parsePart(raw: string): { headers: Map<string, string>; body: string } {
  const lines = raw.replaceAll("\r\n", "\n");
  const end = lines.startsWith("\n") ? 0 : lines.indexOf("\n\n");
  const head = end < 0 ? lines : lines.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, " ").split("\n")) {
    const at = line.indexOf(":");
    const name = line.slice(0, Math.max(at, 0)).toLowerCase();
    if (name !== "" && !headers.has(name)) headers.set(name, line.slice(at + 1).trim());
  }
  return { headers, body: end < 0 ? "" : lines.slice(end).replace(/^\n{1,2}/, "") };
}

function partsOf(body: string, boundary: string): string[] {
  const [, ...parts] = `\n${body}`.split(`\n--${boundary}`);
  return parts.filter((part) => !part.startsWith("--")).map((part) => part.replace(/^[ \t]*\n/, ""));
}

function decodeBody(body: string, encoding: string): string {
  switch (encoding.trim().toLowerCase()) {
    case "base64":
      return utf8(bytesOfBase64(body));
    case "quoted-printable":
      return utf8(bytesOfQuoted(body.replace(/[ \t]*=\n/g, "")));
    default:
      return body;
  }
}

/** Words that follow each other are one text, the blank between them is not part of it. */
function decodeWords(text: string): string {
  const joined = text.replace(/(\?=)\s+(?==\?[^?]+\?[BQ]\?)/gi, "$1");
  return joined.replace(/(?:=\?utf-8\?[BQ]\?[^?]*\?=)+/gi, (run) => {
    const words = [...run.matchAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi)];
    // A character may begin in one word and end in the next.
    const bytes = words.flatMap((
      [, encoding, word],
    ) => [...encoding!.toUpperCase() === "B" ? bytesOfBase64(word!) : bytesOfQuoted(word!.replaceAll("_", " "))]);
    return utf8(new Uint8Array(bytes));
  });
}

function bytesOfBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return new TextEncoder().encode(text);
  }
}

function bytesOfQuoted(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const piece of text.match(/=[0-9A-F]{2}|[\s\S]/giu) ?? []) {
    if (/^=[0-9A-F]{2}$/i.test(piece)) bytes.push(parseInt(piece.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(piece));
  }
  return new Uint8Array(bytes);
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
