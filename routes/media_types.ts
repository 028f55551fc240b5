const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const PARAMETER = /;\s*([\w-]+)=(?:"([^"]*)"|([^;\s]*))\s*/g;
const CHARSETS = ["utf-8", "utf8", "us-ascii"];

/** Whether a `Content-Type` says JSON, in the one encoding that JSON has. @see RFC 8259, 8.1 */
export function isJson(contentType: string): boolean {
  return contentType === "application/json" || JSON_TYPE.test(essenceOf(contentType) ?? "");
}

/**
 * A media type without its parameters, in small letters; null when it is none, or when its text is not UTF-8, which is
 * all that is read here.
 */
export function essenceOf(contentType: string): string | null {
  const end = contentType.indexOf(";");
  if (end === -1) return contentType.trim().toLowerCase();
  const parameters = contentType.slice(end);
  for (const [, name, quoted, plain] of parameters.matchAll(PARAMETER)) {
    if (name!.toLowerCase() === "charset" && !CHARSETS.includes((quoted ?? plain!).toLowerCase())) return null;
  }
  return /^(;\s*)*$/.test(parameters.replace(PARAMETER, "")) ? contentType.slice(0, end).trim().toLowerCase() : null;
}

export const NDJSON = "application/x-ndjson";

export function isNdjson(contentType: string | undefined): boolean {
  return contentType !== undefined && essenceOf(contentType) === NDJSON;
}

const RANGE = /^\s*(\*\/\*|[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+))\s*(?:;|$)/;
const NO_QUALITY = /;\s*q=0(?:\.0{0,3})?\s*(?:;|$)/i;

/**
 * Whether an `Accept` takes one of the types that are offered, written in small letters. One that says nothing of any
 * type takes everything. @see RFC 9110, 12.5.1
 */
export function accepts(accept: string, offered: readonly string[]): boolean {
  const ranges = new Map<string, boolean>();
  for (const part of accept.split(",")) {
    const range = RANGE.exec(part)?.[1]?.toLowerCase();
    if (range !== undefined) ranges.set(range, !NO_QUALITY.test(part));
  }
  // The most specific range that a type lies in decides.
  const takes = (type: string) =>
    ranges.get(type) ?? ranges.get(`${type.slice(0, type.indexOf("/"))}/*`) ?? ranges.get("*/*") ?? false;
  return ranges.size === 0 || offered.some(takes);
}
