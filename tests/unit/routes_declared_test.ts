import assert from "node:assert/strict";
import { createRoute as bareRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createDeeds } from "../../routes/access/deeds.ts";
import { callableBy, mustDeclare } from "../../routes/access/callable_by.ts";
import { createRoute } from "../../routes/access/create_route.ts";
import { checkedRoutes } from "../../routes/checked_openapi.ts";
import type { AppEnv } from "../../routes/env.ts";
import { setupApp } from "../support/test_app.ts";

const described = { method: "get", path: "/api/things", responses: { 200: { description: "Things" } } } as const;

Deno.test("a route that does not say who may call it fails the type check", () => {
  const routes = checkedRoutes(new OpenAPIHono<AppEnv>(), (_route, handler) => handler);
  const answer = () => new Response();
  // @ts-expect-error: who may call it?
  routes.openapi(bareRoute(described), answer);
  // @ts-expect-error: who may call it?
  createRoute(described);
  // @ts-expect-error: nobody has such a role
  createRoute({ ...described, access: "owner" });
  routes.openapi(createRoute({ ...described, access: "viewer" }), answer);
});

Deno.test("a route that has said that it changes nothing cannot give a command, nor can a GET", async () => {
  const app = new OpenAPIHono<AppEnv>();
  const deedOf = createDeeds({ now: () => 1 }, () => "");
  const route = { path: "/api/things", access: "operator", operationId: "doThings", responses: {} } as const;
  const act = (c: Context<AppEnv>) => new Response(deedOf(c, "things").by) as never;
  checkedRoutes(app, (_, handler) => handler)
    .openapi(createRoute({ ...route, method: "get" }), act)
    .openapi(createRoute({ ...route, method: "post", changes: "nothing" }), act);
  app.onError(({ message }) => new Response(message));
  assert.equal(await (await app.request("/api/things")).text(), "GET /api/things changes nothing, it has said");
  const answer = await app.request("/api/things", { method: "POST" });
  assert.equal(await answer.text(), "POST /api/things changes nothing, it has said");
});

Deno.test("mustDeclare() names each route that was registered past the declarations, and middleware is none", () => {
  const app = new OpenAPIHono<AppEnv>();
  app.use((_c, next) => next());
  app.get("/declared", callableBy("anyone", () => new Response()));
  mustDeclare(app.routes);
  app.get("/silent", callableBy("viewer", (_c, next) => next()), () => new Response());
  app.post("/silent", () => new Response());
  assert.throws(() => mustDeclare(app.routes), {
    message: "These routes do not say who may call them: GET /silent, POST /silent",
  });
});

Deno.test("GET /openapi.json says of every operation who may call it", async () => {
  const { get } = setupApp();
  const { paths, components } = await (await get("/openapi.json")).json();
  assert.deepEqual([components.securitySchemes.bearer.type, components.securitySchemes.bearer.scheme], [
    "http",
    "bearer",
  ]);
  const operations = Object.values<Record<string, Operation>>(paths).flatMap((methods) => Object.values(methods));
  assert.ok(operations.length > 25);
  for (const { operationId, security, responses, ...more } of operations) {
    assert.equal("access" in more, false, operationId);
    const role = more["x-role"];
    if (role === undefined) assert.deepEqual(security, [], operationId);
    else {
      const ticket = /^stream|Socket$/.test(operationId) ? [{ ticket: [] }] : [];
      assert.deepEqual(security, [{ bearer: [] }, { session: [] }, ...ticket], operationId);
      assert.ok(responses[401]?.headers?.["WWW-Authenticate"], operationId);
      assert.match(responses[403]!.description, new RegExp(`role \`${role}\``), operationId);
    }
  }
  const open = operations.filter((operation) => operation["x-role"] === undefined);
  assert.deepEqual(open.map(({ operationId }) => operationId).sort(), [
    "getDocs",
    "getDocsFile",
    "getHealth",
    "getLiveness",
    "getReadiness",
  ]);
});

interface Operation {
  readonly operationId: string;
  readonly "x-role"?: string;
  readonly security: readonly unknown[];
  readonly responses: Readonly<
    Record<number, { readonly description: string; readonly headers?: Readonly<Record<string, unknown>> }>
  >;
}
