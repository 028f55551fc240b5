import fc from "../properties.ts";

/** The part of JSON Schema (2020-12) that the OpenAPI document is written in. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export type Schemas = Readonly<Record<string, JsonSchema>>;

const LONGEST = 40;
const REF = "#/components/schemas/";

/** Values that a schema takes; small ones. */
export function valuesOf(schema: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  const of = (part: JsonSchema) => valuesOf(part, schemas);
  // What a schema names inside of itself is any JSON there is.
  if (schema.$ref?.includes("/$defs/")) return fc.jsonValue({ maxDepth: 2 });
  if (schema.$ref !== undefined) return of(schemas[schema.$ref.slice(REF.length)]!);
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(of));
  switch (schema.type) {
    case "string":
      return texts(schema);
    case "integer":
      return fc.integer({
        min: Math.max(schema.minimum ?? -1e9, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 1e9, 2 ** 31 - 1),
      });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(of(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case "object":
      return objects(schema, of);
  }
  return fc.jsonValue({ maxDepth: 2 });
}

function objects(
  { properties = {}, required = [], additionalProperties, propertyNames = {} }: JsonSchema,
  of: (part: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const own = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, of(part)]));
  if (Object.keys(own).length > 0) return fc.record(own, { requiredKeys: [...required] });
  const value = typeof additionalProperties === "object" ? of(additionalProperties) : fc.jsonValue({ maxDepth: 1 });
  return fc.dictionary(texts(propertyNames), value, { maxKeys: 4 });
}

function texts({ format, pattern, minLength = 0, maxLength = LONGEST }: JsonSchema): fc.Arbitrary<string> {
  if (format === "date-time") return instants();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"), { size: "-1" });
  return fc.string({ minLength, maxLength: Math.min(maxLength, LONGEST) });
}

function instants(): fc.Arbitrary<string> {
  const date = fc.date({ min: new Date("2026-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });
  return fc.tuple(date, fc.constantFrom("Z", "+01:00", "-11:30")).map(([at, zone]) =>
    at.toISOString().slice(0, -1) + zone
  );
}
