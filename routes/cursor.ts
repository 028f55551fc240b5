import { Refusal } from "./problem.ts";

/** Where the next page begins, opaque to who carries it. */
export function writeCursor(lastId: string): string {
  return new TextEncoder().encode(lastId).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @throws {Refusal} 400 when it is not a cursor that was handed out for ids that look like `pattern` */
export function readCursor(cursor: string, pattern: RegExp): string {
  const lastId = decode(cursor);
  if (lastId === undefined || !pattern.test(lastId)) throw foreignCursor();
  return lastId;
}

export function foreignCursor(): Refusal {
  return new Refusal(400, "The cursor is not one that a page of this list ended with");
}

function decode(cursor: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
}
