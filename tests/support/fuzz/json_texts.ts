import fc from "../properties.ts";

/** A body that should be JSON. */
export interface JsonBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Something is in it that no server may take, whatever its schema says. */
  readonly isPoisoned: boolean;
}

/** Members of an object that readers do not agree on, or that cannot be kept. */
const POISON = [
  '"x":1,"x":2',
  '"x":1,"\\u0078":1',
  '"":1,"":1',
  '"__proto__":{}',
  '"\\u005f_proto__":null',
  '"x":{"__proto__":[]}',
  '"x":1e999',
  '"x":[0,-1e999]',
  '"x":"\\ud800"',
  '"x":["\\udc00\\ud800"]',
  '"\\udfff":1',
  `"x":${"[".repeat(70)}${"]".repeat(70)}`,
  `"x":{${Array.from({ length: 1_001 }, (_, index) => `"k${index}":0`)}}`,
];

type Damage = (text: string) => Uint8Array<ArrayBuffer>;

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const splice = (text: string, at: number, { out = 0, put = "" }) => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + put + text.slice(place + out);
};

const DAMAGES: fc.Arbitrary<Damage> = fc.oneof(
  fc.nat(500).map((at) => (text: string) => encode(text.slice(0, at % (text.length + 1)))),
  fc.tuple(fc.nat(500), fc.constantFrom(..."{}[]\",:\\0-.eu\0\n \ufeff\u2028'/*")).map(([at, put]) => (text: string) =>
    encode(splice(text, at, { put }))
  ),
  fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 3 })).map(([at, out]) => (text: string) =>
    encode(splice(text, at, { out }))
  ),
  fc.tuple(fc.nat(500), fc.nat(255)).map(([at, byte]) => (text: string) => {
    const bytes = encode(text);
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc.constantFrom("\ufeff", " ", "\n", "\0", "//", "0").map((put) => (text: string) => encode(put + text)),
  fc.constantFrom(" ", "\n", "\0", ",", "}", "null").map((put) => (text: string) => encode(text + put)),
  fc.constant((text: string) => encode(text + text)),
  fc.constant((text: string) => Uint8Array.from(Array.from(text, (letter) => [letter.charCodeAt(0) & 255, 0]).flat())),
);

/** Values as JSON text: most as they are, some poisoned inside, some damaged. */
export function bodiesOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<JsonBody> {
  const whole = values.map((value) => ({ bytes: encode(JSON.stringify(value)), isPoisoned: false }));
  const poisoned = fc.tuple(values, fc.nat(20), fc.constantFrom(...POISON)).map(([value, at, poison]) =>
    poisonedText(JSON.stringify(value), at, poison)
  );
  const damaged = fc.tuple(values, DAMAGES).map(([value, damage]) => {
    const bytes = damage(JSON.stringify(value));
    return { bytes, isPoisoned: !isJson(bytes) };
  });
  return fc.oneof({ weight: 6, arbitrary: whole }, { weight: 1, arbitrary: poisoned }, {
    weight: 2,
    arbitrary: damaged,
  });
}

/** Puts members first into one of the text's objects, of which `{` outside of strings is the beginning. */
function poisonedText(text: string, at: number, poison: string): JsonBody {
  const braces = [...text.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => "_".repeat(quoted.length)).matchAll(/\{/g)];
  const place = braces[at % Math.max(braces.length, 1)]?.index;
  if (place === undefined) return { bytes: encode(`{${poison}}`), isPoisoned: true };
  const comma = text[place + 1] === "}" ? "" : ",";
  return { bytes: encode(`${text.slice(0, place + 1)}${poison}${comma}${text.slice(place + 1)}`), isPoisoned: true };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function isJson(bytes: Uint8Array): boolean {
  try {
    // Nothing at all is read as an empty object.
    if (bytes.length > 0) JSON.parse(utf8.decode(bytes));
    return true;
  } catch {
    return false;
  }
}
