/*
 * An answer of ten megabytes is looked through, not parsed: its elements are told apart by their brackets, and only those
 * whose text is another than the last time become objects, one after the other.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const NEXT = /["[\]{}]/g;

/** Where an element lies in the text of an answer. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * The elements of the list that the answer is, or that is its member `name`.
 * @throws {SyntaxError} when there is no such list, or the text ends before it does
 */
export function elementsOf(text: string, name: string): readonly Place[] {
  const start = startOfList(text, name);
  const places: Place[] = [];
  let at = skipBlank(text, start + 1);
  if (text[at] === "]") return places;
  for (;;) {
    const end = endOfValue(text, at);
    places.push({ start: at, end });
    at = skipBlank(text, end);
    if (text[at] === "]") return places;
    if (text[at] !== ",") throw new SyntaxError(`Its ${name} are no list: the element ${places.length} has no end`);
    at = skipBlank(text, at + 1);
  }
}

function startOfList(text: string, name: string): number {
  let at = skipBlank(text, 0);
  if (text[at] === "[") return at;
  if (text[at] !== "{") throw new SyntaxError("It is no JSON");
  at = skipBlank(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const end = endOfString(text, at);
    const key = text.slice(at + 1, end - 1);
    at = skipBlank(text, end);
    if (text[at] !== ":") break;
    at = skipBlank(text, at + 1);
    if (key === name) {
      if (text[at] === "[") return at;
      throw new SyntaxError(`Its ${name} are no list`);
    }
    at = skipBlank(text, endOfValue(text, at));
    if (text[at] === ",") at = skipBlank(text, at + 1);
  }
  throw new SyntaxError(`It has no ${name}`);
}

/** One behind the last character of the value that begins here. */
function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start);
  if (text[start] !== "{" && text[start] !== "[") return endOfBare(text, start);
  let depth = 0;
  let at = start;
  for (;;) {
    NEXT.lastIndex = at;
    const found = NEXT.exec(text);
    if (found === null) throw new SyntaxError("It ends too early");
    at = found.index;
    if (text.charCodeAt(at) === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    depth += found[0] === "{" || found[0] === "[" ? 1 : -1;
    at++;
    if (depth === 0) return at;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  throw new SyntaxError("It ends too early");
}

function endOfBare(text: string, start: number): number {
  let at = start;
  while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at++;
  if (at === start) throw new SyntaxError("It ends too early");
  return at;
}

function skipBlank(text: string, at: number): number {
  while (/\s|\uFEFF/.test(text[at] ?? "")) at++;
  return at;
}
