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
 * beyond all numbers, no string holds half a character, and nothing is named `__proto__`.
 *
 * A value has fewer properties than its text writes exactly when some name came twice, and what else can be wrong needs
 * an escape, that name or a number: so the text is looked through only when it is refused, or bears an escape.
 * @throws {Refusal} 400 when it is not JSON or names a property twice; 422 for the rest; both with the place
 * @see RFC 7493 (I-JSON)
 */
export function readJson({ text, properties }: JsonText): unknown {
  const value = parse(text);
  const held = propertiesIn(value);
  if (held < properties) throw duplicate(text);
  // UTF-8 cannot say half a character: only an escape can.
  if (Number.isNaN(held) || text.includes("\\u") || text.includes("__proto__")) mustBeSound(value, "");
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

/** @throws {Refusal} 422 at the first thing that cannot be kept as it was sent */
function mustBeSound(value: unknown, pointer: string): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw unsound(pointer, "must be a number that can be held");
  if (typeof value === "string") mustBeWhole(value, pointer);
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    const at = joined(pointer, name);
    if (name === "__proto__") throw unsound(at, "must not be named like that");
    mustBeWhole(name, at);
    mustBeSound(part, at);
  }
}

function mustBeWhole(text: string, pointer: string): void {
  if (!text.isWellFormed()) throw unsound(pointer, "must not hold half a character (a lone surrogate)");
}

function unsound(pointer: string, detail: string): Refusal {
  return invalid("The body holds what cannot be kept as it was sent", [{ pointer, detail }]);
}
