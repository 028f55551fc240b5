import fc from "../properties.ts";

/** One change to a JSON value: `at` says where, modulo what there is. */
export interface Mutation {
  readonly at: number;
  readonly how: (value: unknown, name: string) => unknown;
}

/** What a property is to be named so that {@linkcode withoutMarks} takes it away. */
const GONE = "\u0001gone";

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1_001,
  1e308,
  -1e308,
  2 ** 53,
  -(2 ** 53) - 2,
  5e-324,
  "",
  " ",
  "0",
  "null",
  "__proto__",
  "constructor",
  "\0",
  "a\nb",
  "\u001b[2J",
  "\u2028",
  "\u202e",
  "\ufeff",
  "😀".repeat(101),
  "x".repeat(201),
  "x".repeat(5_000),
  "2026-02-30T00:00:00Z",
  "2026-01-01T00:00Z",
  "2026-01-01t00:00:00z",
  "2026-01-01T24:00:00Z",
  "http://127.0.0.1/",
  "http://a:b@example.com/",
  "' or 1=1 --",
  "<script>",
  "=1+1",
  [],
  {},
  [[]],
  [null],
  { "": "" },
  { constructor: { prototype: {} } },
];

const NAMES = [
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "a.b",
  "a/b",
  "~",
  "id",
  "tenant",
  "by",
  "type",
  "payload",
  "x",
];

const value = fc.constantFrom(...VALUES);
const name = fc.constantFrom(...NAMES);

const CHANGES: fc.Arbitrary<Mutation["how"]> = fc.oneof(
  value.map((other) => () => other),
  fc.jsonValue({ maxDepth: 2 }).map((other) => () => other),
  fc.constant(() => GONE),
  fc.constant((old: unknown) => [old]),
  fc.constant((old: unknown) => [old, old]),
  name.map((key) => (old: unknown) => ({ [key]: old })),
  fc.tuple(name, value).map(([key, other]) => (old: unknown) =>
    isObject(old) ? { ...old, [key]: other } : Array.isArray(old) ? [...old, other] : other
  ),
  fc.constantFrom(-1, 1, 0.5, 1e16, -1e16).map((by) => (old: unknown) => typeof old === "number" ? old + by : by),
  fc.string({ unit: "binary", maxLength: 3 }).map((more) => (old: unknown) =>
    `${typeof old === "string" ? old : ""}${more.toWellFormed()}`
  ),
  fc.constant((old: unknown) => typeof old === "string" ? old.toUpperCase() : JSON.stringify(old)),
  fc.constant((old: unknown) => typeof old === "string" ? old.slice(1) : JSON.stringify(old)),
);

export const anyMutation: fc.Arbitrary<Mutation> = fc.record({ at: fc.nat(200), how: CHANGES });

/** The value with these changes made one after the other, each at one place of it. */
export function mutated(value: unknown, mutations: readonly Mutation[]): unknown {
  return withoutMarks(mutations.reduce((changed, mutation) => {
    const places = { left: mutation.at % count(changed) };
    return change(changed, "", mutation, places);
  }, value));
}

function change(value: unknown, name: string, mutation: Mutation, places: { left: number }): unknown {
  if (places.left-- === 0) return mutation.how(value, name);
  if (Array.isArray(value)) return value.map((item) => change(item, "", mutation, places));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key, mutation, places)]));
}

function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== GONE).map(withoutMarks);
  if (!isObject(value)) return value === GONE ? null : value;
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== GONE).map(([key, part]) => [key, withoutMarks(part)]),
  );
}

/** Of a value and all that is in it. */
function count(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, part) => sum + count(part), 1);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
