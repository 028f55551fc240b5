import { createRoute, type OpenAPIHono, type RouteHandler, z } from "@hono/zod-openapi";
import type { AppEnv, Deps } from "./env.ts";

export const openapiRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  tags: ["operations"],
  summary: "This document",
  responses: {
    200: { description: "OpenAPI 3.1", content: { "application/json": { schema: z.record(z.string(), z.unknown()) } } },
  },
});

const DESCRIPTION = `Durable background work: jobs, actors and what they tell. \`/api/v1/...\` is the same API.
The tenant is named by \`X-Tenant\` or \`?tenant=\`. Errors are \`application/problem+json\` (RFC 9457).`;

type OpenApiDocument = z.infer<(typeof openapiRoute.responses)[200]["content"]["application/json"]["schema"]>;

/** `app` is asked when the document is first wanted, with all its routes; after that it is known. */
export function openapi(app: () => OpenAPIHono<AppEnv>, { config }: Deps): RouteHandler<typeof openapiRoute, AppEnv> {
  let document: OpenApiDocument | undefined;
  return (c) => {
    document ??= app().getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Mailroom", version: config.version, description: DESCRIPTION },
    }) as unknown as OpenApiDocument;
    return c.json(document, 200);
  };
}
