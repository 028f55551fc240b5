import { firstDuplicate, joined } from "./duplicate_name.ts";
import { invalid, Refusal } from "./problem.ts";

/** A body that has been taken in: JSON, or what should be. */
export interface JsonText {
  readonly text: string;
  /** How many properties all its objects have together, as the text writes them: see `measureJson`. */
  readonly properties: number;
}

/**
 * The value of a JSON text, where everyone who reads it reads the same: no object names a property twice, no number is
 * beyond all numbers, no string holds half a character, and nothing is named `__proto__` or with a backslash.
 *
 * A value has fewer properties than its text writes exactly when some name came twice, and what else can be wrong needs
 * an escape, that name or a number: so the text is looked through only when it is refused, or bears an escape.
 *
 * The backslash: V8 15.0 reads a name that is written with an escape as another one that stood in its place in an earlier
 * text, be it another tenant's: after `{"a":0,"\\":0}` it reads `{"a":0,"\u0062":0}` as the same. What it takes a name for
 * then always has a backslash, so none that has is let in.
 * @throws {Refusal} 400 when it is not JSON or names a property twice; 422 for the rest; both with the place
 * @see RFC 7493 (I-JSON)
 */
export function readJson({ text, properties }: JsonText): unknown {
  const value = parse(text);
  const held = propertiesIn(value);
  if (held < properties) throw duplicate(text);
  // UTF-8 cannot say half a character: only an escape can.
  if (Number.isNaN(held) || text.includes("\\") || text.includes("__proto__")) mustBeSound(value, []);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "Malformed JSON in request body");
  }
}

/** Of all objects together; NaN when some number is infinite, which is what JSON's `1e999` is read as. */
function propertiesIn(value: unknown): number {
  if (typeof value === "number") return Number.isFinite(value) ? 0 : NaN;
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += propertiesIn(item);
  } else {
    for (const name in value) count += 1 + propertiesIn((value as Record<string, unknown>)[name]);
  }
  return count;
}

function duplicate(text: string): Refusal {
  const pointer = firstDuplicate(text) ?? "";
  return new Refusal(400, "The body names a property twice", { faults: [{ pointer, detail: "must be named once" }] });
}

/** @throws {Refusal} 422 at the first thing that cannot be kept as it was sent; `path` leads to the value */
function mustBeSound(value: unknown, path: string[]): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw unsound(path, "must be a number that can be held");
  if (typeof value === "string") mustBeWhole(value, path);
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    path.push(name);
    if (name === "__proto__" || name.includes("\\")) throw unsound(path, "must be named otherwise");
    mustBeWhole(name, path);
    mustBeSound(part, path);
    path.pop();
  }
}

function mustBeWhole(text: string, path: readonly string[]): void {
  if (!text.isWellFormed()) throw unsound(path, "must not hold half a character (a lone surrogate)");
}

function unsound(path: readonly string[], detail: string): Refusal {
  const pointer = path.reduce(joined, "");
  return invalid("The body holds what cannot be kept as it was sent", [{ pointer, detail }]);
}
