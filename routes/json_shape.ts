const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How much a JSON text may hold. */
export interface JsonBounds {
  /** Levels of arrays and objects. */
  readonly depth: number;
  /** Of one object. */
  readonly properties: number;
  /** In all; an array or object is one, an empty one may count as two. */
  readonly values: number;
}

/** Of each open level; the levels above hold what was there before. Nothing outlives a call. */
const propertiesAt: number[] = [];

/**
 * How many properties all objects of a JSON text have together, as it writes them, or the first bound that it exceeds.
 * It may be invalid: it is one pass over the brackets, colons and commas outside its strings, without recursion.
 */
export function measureJson(
  text: string,
  { depth: deepest, properties, values }: JsonBounds,
): number | keyof JsonBounds {
  let depth = 0;
  let named = 0;
  let valued = 1;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > deepest) return "depth";
        if (++valued > values) return "values";
        propertiesAt[depth] = 0;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth > 0) depth--;
        break;
      case 0x2c: // ,
        if (++valued > values) return "values";
        break;
      case 0x3a: // :
        if (++propertiesAt[depth]! > properties) return "properties";
        named++;
    }
  }
  return named;
}

/** Where the string that begins at `start` has its other quote, or where the text ends; searched for, not walked to. */
export function endOfString(text: string, start: number): number {
  for (let from = start + 1;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (quote - backslashes > from && text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    from = quote + 1;
  }
}
