import { type OpenAPIHono, type RouteHandler, z } from "@hono/zod-openapi";
import { isSubmittable } from "../actors/job/define_job.ts";
import type { Registry } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { TAGS } from "./tags.ts";

const openapiBody = z.record(z.string(), z.unknown());

/** For whoever may read at all: it tells the job types of the installation, and what their payloads look like. */
export const openapiRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  access: "viewer",
  operationId: "getOpenApi",
  tags: ["operations"],
  summary: "This document",
  responses: { 200: { description: "OpenAPI 3.1", content: { "application/json": { schema: openapiBody } } } },
});

const DESCRIPTION = `Durable background work: jobs, actors and what they tell. \`/api/v1/...\` is the same API.
The tenant is the bearer token's; \`X-Tenant\` or \`?tenant=\` names it for the role \`platform\`, and where the server asks
nobody who they are. Each operation says in \`x-role\` which role it takes; its tag is the scope that an API key must have, if it has any.
Errors are \`application/problem+json\` (RFC 9457).`;

/** `app` is asked when the document is first wanted, with all its routes; after that it is known. */
export function openapi(
  app: () => OpenAPIHono<AppEnv>,
  { config, system }: Deps,
): RouteHandler<typeof openapiRoute, AppEnv> {
  let known: z.infer<typeof openapiBody> | undefined;
  return (c) => {
    known ??= withJobTypes(
      app().getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: "Mailroom", version: config.version, description: DESCRIPTION },
        tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      }),
      system.registry,
    );
    return c.json(known, 200);
  };
}

type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** The same document, in which a submission's `type` and `payload` are those of the registry. */
function withJobTypes(document: OpenApiDocument, registry: Registry): z.infer<typeof openapiBody> {
  const kinds = [...registry.kinds.values()].filter(isSubmittable);
  const payloads = Object.fromEntries(kinds.map((kind) => {
    const name = `payload-${kind.kind}`;
    const { $schema: _, ...schema } = z.toJSONSchema(kind.messages.run, { io: "input", unrepresentable: "any" });
    return [name, rooted(schema, name)];
  }));
  const { schemas = {} } = document.components ?? {};
  const { properties, ...submission } = schemas.JobSubmission as { properties: Record<string, object> };
  const types = kinds.map(({ kind }) => kind);
  const anyOf = Object.keys(payloads).map((name) => ({ $ref: `#/components/schemas/${name}` }));
  const JobSubmission = {
    ...submission,
    properties: { ...properties, type: { ...properties.type, enum: types }, payload: { ...properties.payload, anyOf } },
  };
  return { ...document, components: { ...document.components, schemas: { ...schemas, ...payloads, JobSubmission } } };
}

/** A schema that refers to its own parts, as they are found from the root of the document. */
function rooted(schema: object, name: string): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#', `"$ref":"#/components/schemas/${name}`));
}
