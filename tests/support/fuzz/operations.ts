import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "../properties.ts";
import { z } from "zod";
import { isSubmittable } from "../../../actors/job/define_job.ts";
import { examplesOf, isPageFile } from "../access_examples.ts";
import { NOTHING } from "../access_things.ts";
import { registry } from "../registry/fuzz_registry.ts";
import type { FuzzRig } from "./rig.ts";
import { type JsonSchema, type Schemas, valuesOf } from "./schema_values.ts";

/** A way to send JSON to the server, as its own OpenAPI document tells it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  /** Bodies that are right, or nearly. */
  readonly values: fc.Arbitrary<unknown>;
  /** Whether the document allows a body, by another program than the server's own; null: none is looked at. */
  readonly allows: ((body: unknown) => boolean) | null;
}

type Allows = NonNullable<Operation["allows"]>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Schemas };
}

interface Described {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

/** Bodies that are granted, beside those of the examples; what a schema cannot say is in them. */
const SUBMISSIONS = [
  { type: "report" },
  {
    type: "report",
    payload: { from: "2026-01-01T00:00:00Z", to: "2026-01-08T00:00:00Z" },
    priority: 1,
    maxAttempts: 2,
  },
  {
    type: "import",
    payload: { dataset: "people", content: "id,name\n1,Ann\n", key: "id", format: "csv" },
    timeoutMs: 5_000,
  },
  {
    type: "webhook",
    payload: { url: "http://example.com/in", body: { a: [1, { b: null }] }, headers: { "X-Shop": "1" } },
  },
  { type: "echo", payload: { text: "a" }, delayMs: 60_000, dedupeKey: "one" },
  { type: "flaky", payload: { failures: 1, terminal: true }, runAt: "2027-01-01T00:00:00+01:00" },
];

const TO_COUNTER = { kind: "counter", key: "main", message: "add", payload: { by: 1 } };

/** Schedules that are granted, but for their names; none that ticks. */
const SCHEDULES = [
  { cron: "*/5 8-18 * 1,4,7,10 mon-fri", timeZone: "Europe/Berlin", target: { type: "report" } },
  { cron: "0 0 29 2 *", timeZone: "Pacific/Chatham", target: TO_COUNTER, catchUp: "all", catchUpLimit: 10 },
  { everyMs: 3_600_000, target: { ...TO_COUNTER, key: null }, catchUp: "skip", jitterMs: 1_000 },
];

const PREVIEWS = [
  { cron: "30 2 * * *", timeZone: "America/New_York", count: 100 },
  { cron: "59 23 31 12 0-6/2" },
  { everyMs: 1_000, count: 1 },
];

/** Streams that are all right but for where they lead: one that is made would poll for ever. */
const STREAMS = [
  { name: "north", baseUrl: "http://127.0.0.1/v1", limit: 1_000, headers: { "X-Api-Key": "a" } },
  { name: "south-2", baseUrl: "https://localhost/", pollIntervalMs: 100, lookBack: 5, consumers: 64 },
];

/** What stands for a path's parameters where a body is sent along. */
const PLACES: Readonly<Record<string, string>> = { id: NOTHING.id, kind: "counter", key: "main", name: "add" };

/** Every operation of the document that takes a body, or could be sent one; by name. */
export async function operationsOf({ ask }: FuzzRig): Promise<ReadonlyMap<string, Operation>> {
  const { text } = await ask({ method: "GET", path: "/openapi.json", headers: {} });
  const document = withTypes(JSON.parse(text));
  const ajv = addFormats.default(new Ajv2020({ strict: false, validateSchema: false }));
  ajv.addSchema(document, "document");
  const { schemas } = document.components;
  const allowing = (schema: JsonSchema): Allows => ajv.compile(absolute(schema)) as Allows;
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([method]) => !["get", "head"].includes(method)).map(([method, { requestBody }]) => {
      const schema = requestBody?.content["application/json"]?.schema;
      const examples = bodiesIn(method, path);
      return {
        method: method.toUpperCase(),
        path: path.replace(/\{(\w+)\}/g, (_, name) => PLACES[name]!),
        values: fc.oneof(fc.constantFrom({}, ...examples), valuesOf(schema ?? {}, schemas)),
        allows: schema === undefined ? null : orBare(allowing(schema)),
      };
    })
  );
  const all = [...described, ...messages(allowing)];
  return new Map(all.map((operation) => [`${operation.method} ${operation.path}`, operation]));
}

/** A bare array of jobs means a batch of them, one of scan events a page, which the document does not say. */
function orBare(allows: Allows): Allows {
  return (body) => Array.isArray(body) ? allows({ jobs: body }) || allows({ ScanEvents: body }) : allows(body);
}

/** A submission's payload is that of its type, which the document leaves open. */
function withTypes(document: Document): Document {
  const { schemas } = document.components;
  const submission = schemas.JobSubmission!;
  const variants = [...registry.kinds.values()].filter(isSubmittable).map(({ kind }) => ({
    ...submission,
    properties: {
      ...submission.properties,
      type: { const: kind },
      payload: { $ref: `#/components/schemas/payload-${kind}` },
    },
  }));
  return { ...document, components: { schemas: { ...schemas, JobSubmission: { anyOf: variants } } } };
}

/** Messages are described by their kinds alone. */
function messages(allowing: (schema: JsonSchema) => Allows): readonly Operation[] {
  return ["counter", "tally", "frail"].flatMap((kind) =>
    Object.entries(registry.kinds.get(kind)!.messages).filter(([name]) => ["add", "reset", "work"].includes(name)).map((
      [name, message],
    ) => {
      const { $schema: _, ...schema } = z.toJSONSchema(message as z.ZodType, { io: "input" }) as JsonSchema & {
        $schema?: string;
      };
      const examples = [{ by: 1 }, { name: "a", failures: 0 }];
      return {
        method: "POST",
        path: `/api/actors/${kind}/main/${name}`,
        values: fc.oneof(fc.constantFrom<unknown>(...examples), valuesOf(schema, {})),
        allows: allowing(schema),
      };
    })
  );
}

function bodiesIn(method: string, path: string): readonly unknown[] {
  if (path === "/api/jobs") return SUBMISSIONS;
  if (path === "/api/jobs/batch") return [SUBMISSIONS, { jobs: SUBMISSIONS }, { jobs: [SUBMISSIONS[0]] }];
  if (path === "/api/schedules") {
    return SCHEDULES.map((schedule, index) => ({ ...schedule, name: `fuzz-${index}`, enabled: false }));
  }
  if (path === "/api/schedules/preview") return PREVIEWS;
  if (path === "/api/schedules/{name}" && method === "patch") return [...SCHEDULES, { enabled: false }];
  if (path === "/api/streams") return STREAMS;
  const route = { method: method.toUpperCase(), path: path.replace(/\{(\w+)\}/g, ":$1") };
  if (isPageFile(route)) return [];
  return examplesOf(route).map(({ call }) => call(NOTHING).body).filter((body) => body?.startsWith("{")).map((body) =>
    JSON.parse(body!)
  );
}

/** As a schema on its own, which names its parts in the document. */
function absolute(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
}
