import { type BadInput, post } from "./bad_input.ts";

/** A JSON text, nested so deep around a 1. */
function nested(depth: number, open: string, close: string): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

function object(properties: number): string {
  return `{${Array.from({ length: properties }, (_, index) => `"p${index}":0`).join(",")}}`;
}

const utf8 = (text: string, ...bytes: readonly number[]): Uint8Array =>
  new Uint8Array([...new TextEncoder().encode(`{"type":"${text}`), ...bytes, 0x22, 0x7d]);

const wide = (text: string, { bigEndian, mark }: { bigEndian: boolean; mark: boolean }): Uint8Array => {
  const units = [...(mark ? [0xfeff] : []), ...Array.from(text, (letter) => letter.charCodeAt(0))];
  return new Uint8Array(units.flatMap((unit) => bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8]));
};

const REPORT = '{"type":"report"}';

/** 400: it cannot be parsed. */
const NO_JSON: Readonly<Record<string, string | Uint8Array>> = {
  "half an object": "{",
  "an object's end": "}",
  "half an array": "[",
  "an array's end": "]",
  "brackets that do not match": '{"type":["report"}]',
  "a space": " ",
  "a NUL": "\0",
  "a word": "report",
  "half a word": "nul",
  "a word in capitals": "TRUE",
  "undefined": "undefined",
  "NaN": '{"type":"report","priority":NaN}',
  "Infinity": '{"type":"report","priority":Infinity}',
  "-Infinity": '{"type":"report","priority":-Infinity}',
  "single quotes": "{'type':'report'}",
  "a name without quotes": '{type:"report"}',
  "a trailing comma in an object": '{"type":"report",}',
  "a trailing comma in an array": "[1,]",
  "a leading comma": '{,"type":"report"}',
  "two commas": '{"type":"report",,"priority":1}',
  "no comma": '{"type":"report" "priority":1}',
  "no colon": '{"type" "report"}',
  "two colons": '{"type"::"report"}',
  "a name alone": '{"type"}',
  "a number for a name": '{1:"report"}',
  "a line comment": '{"type":"report"} // more',
  "a block comment": '{/* the */"type":"report"}',
  "a leading zero": '{"type":"report","priority":01}',
  "a leading plus": '{"type":"report","priority":+1}',
  "a leading point": '{"type":"report","priority":.5}',
  "a trailing point": '{"type":"report","priority":1.}',
  "half an exponent": '{"type":"report","priority":1e}',
  "a hexadecimal number": '{"type":"report","priority":0x10}',
  "an underscore in a number": '{"type":"report","priority":1_0}',
  "a big integer": '{"type":"report","priority":1n}',
  "two minus signs": '{"type":"report","priority":--1}',
  "a line break in a string": '{"type":"rep\nort"}',
  "a tab in a string": '{"type":"rep\tort"}',
  "a NUL in a string": '{"type":"rep\0ort"}',
  "an escape that is none": '{"type":"\\x72eport"}',
  "half a \\u": '{"type":"\\u00"}',
  "a \\u in braces": '{"type":"\\u{72}eport"}',
  "a \\u that is not hexadecimal": '{"type":"\\u00zz"}',
  "a string that never ends": '{"type":"report',
  "a backslash at the end": '{"type":"report\\',
  "two values": REPORT + REPORT,
  "two lines": `${REPORT}\n${REPORT}`,
  "a value and a word": `${REPORT} or so`,
  "a form feed between": '{\f"type":"report"}',
  "a no-break space between": '{\u00a0"type":"report"}',
  "a line separator between": '{\u2028"type":"report"}',
  "two byte order marks": `\ufeff\ufeff${REPORT}`,
  "a byte order mark inside": '{\ufeff"type":"report"}',
  "a callback": `callback(${REPORT})`,
  "a guard against eval": `)]}',\n${REPORT}`,
  "a form": "type=report",
  "XML": '<?xml version="1.0"?><type>report</type>',
  "YAML": "type: report",
  "UTF-16, little end first": wide(REPORT, { bigEndian: false, mark: false }),
  "UTF-16, big end first": wide(REPORT, { bigEndian: true, mark: false }),
  "UTF-16 with its mark": wide(REPORT, { bigEndian: false, mark: true }),
  "UTF-16, big end first, with its mark": wide(REPORT, { bigEndian: true, mark: true }),
  "a lone continuation byte": utf8("re", 0x80),
  "half a character of UTF-8": utf8("re", 0xc3),
  "an overlong slash": utf8("re", 0xc0, 0xaf),
  "a surrogate in UTF-8": utf8("re", 0xed, 0xa0, 0x80),
  "a character beyond Unicode": utf8("re", 0xf4, 0x90, 0x80, 0x80),
  "a byte that UTF-8 has not": utf8("re", 0xff),
  "Latin-1": utf8("r", 0xe9),
  "65 arrays in each other": `{"type":"report","payload":${nested(64, "[", "]")}}`,
  "65 objects in each other": nested(65, '{"a":', "}"),
  "100,000 arrays in each other": nested(100_000, "[", "]"),
  "300,000 opened arrays": "[".repeat(300_000),
  "100,000 opened objects": '{"a":'.repeat(100_000),
};

/** 400: readers would not agree on what it says. */
const NAMED_TWICE: readonly (readonly [what: string, body: string, pointer: string])[] = [
  ["the type", '{"type":"report","type":"import"}', "/type"],
  ["the type, equally", '{"type":"report","type":"report"}', "/type"],
  ["the type, once escaped", '{"type":"report","\\u0074ype":"import"}', "/type"],
  ["a property of the payload", '{"type":"report","payload":{"to":"a","to":"b"}}', "/payload/to"],
  ["a property deep inside", '{"type":"report","payload":{"a":[{"b":1},{"b":1,"b":2}]}}', "/payload/a/1/b"],
  ["the empty name", '{"type":"report","":1,"":2}', "/"],
  ["a name with a slash", '{"type":"report","a/b":1,"a/b":2}', "/a~1b"],
  ["a name with a tilde", '{"type":"report","a~b":1,"a~b":2}', "/a~0b"],
  ["constructor", '{"type":"report","constructor":1,"constructor":2}', "/constructor"],
  ["toString, far apart", `{"type":"report","toString":1,${object(500).slice(1, -1)},"toString":2}`, "/toString"],
];

/** 413: it holds too much. */
const TOO_WIDE: Readonly<Record<string, string>> = {
  "1,001 properties": object(1_001),
  "1,001 properties deep inside": `{"type":"report","payload":[${object(1_001)}]}`,
  "10,001 values": `{"type":"report","payload":[${Array(10_000).fill("0").join(",")}]}`,
  "10,001 empty arrays": `[${Array(10_001).fill("[]").join(",")}]`,
  "10,001 empty objects": `[${Array(10_001).fill("{}").join(",")}]`,
  "100,000 commas": `[${",".repeat(100_000)}]`,
};

/** 422: it cannot be kept as it was sent. */
const UNSOUND: readonly (readonly [what: string, body: string, pointer: string])[] = [
  ["__proto__", '{"type":"report","__proto__":{"type":"import"}}', "/__proto__"],
  ["__proto__, escaped", '{"type":"report","\\u005f_proto__":{"a":1}}', "/__proto__"],
  ["__proto__ in the payload", '{"type":"report","payload":{"__proto__":{"from":"a"}}}', "/payload/__proto__"],
  ["__proto__ that is null", '{"type":"report","payload":{"__proto__":null}}', "/payload/__proto__"],
  ["__proto__ deep inside", '{"type":"report","payload":[[{"a":{"__proto__":1}}]]}', "/payload/0/0/a/__proto__"],
  ["a number beyond all numbers", '{"type":"report","priority":1e999}', "/priority"],
  ["a number below all numbers", '{"type":"report","priority":-1e999}', "/priority"],
  ["400 digits", `{"type":"report","priority":${"9".repeat(400)}}`, "/priority"],
  ["an endless number deep inside", '{"type":"report","payload":{"a":[1,1e400]}}', "/payload/a/1"],
  ["half a character", '{"type":"report","dedupeKey":"\\ud800"}', "/dedupeKey"],
  ["the other half of a character", '{"type":"report","dedupeKey":"a\\udc00b"}', "/dedupeKey"],
  ["two halves in the wrong order", '{"type":"report","dedupeKey":"\\udc00\\ud800"}', "/dedupeKey"],
  ["a name of half a character", '{"type":"report","payload":{"\\ud83d":1}}', "/payload/\ufffd"],
];

/** 422: not an object. */
const OTHER_VALUES = ["null", "true", "0", "1e5", '""', '"report"', "[]", "[{}]", '["type","report"]'];

const jobs = (body: string | Uint8Array) => post("/api/jobs", body);

export const JSON_INPUTS: readonly BadInput[] = [
  ...Object.entries(NO_JSON).map(([what, body]) => ({ what, request: jobs(body), answer: [400] })),
  ...NAMED_TWICE.map(([what, body, pointer]) => ({
    what: `two of ${what}`,
    request: jobs(body),
    answer: [400],
    pointer,
  })),
  ...Object.entries(TOO_WIDE).map(([what, body]) => ({ what, request: jobs(body), answer: [413] })),
  ...UNSOUND.map(([what, body, pointer]) => ({ what, request: jobs(body), answer: [422], pointer })),
  ...OTHER_VALUES.map((body) => ({ what: `the value ${body}`, request: jobs(body), answer: [422], pointer: "" })),
  {
    what: "64 arrays in each other",
    request: jobs(`{"type":"report","payload":${nested(63, "[", "]")}}`),
    answer: [422],
  },
  { what: "1,000 properties", request: jobs(object(1_000)), answer: [422], pointer: "/type" },
  { what: "a byte order mark", request: jobs(`\ufeff${REPORT}`), answer: [201] },
  { what: "spaces and line breaks around", request: jobs(`\r\n\t ${REPORT} \n`), answer: [201] },
  { what: "a number too small to hold", request: jobs('{"type":"report","priority":1e-999}'), answer: [201] },
  { what: "-0", request: jobs('{"type":"report","priority":-0}'), answer: [201] },
];
