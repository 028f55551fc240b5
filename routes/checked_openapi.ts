import { type OpenAPIHono, type RouteHandler, z } from "@hono/zod-openapi";
import type { Context, Schema } from "hono";
import type { BlankSchema } from "hono/types";
import { InvalidError, RuntimeError } from "../runtime/mod.ts";
import { callableBy } from "./access/callable_by.ts";
import type { DeclaredRoute } from "./access/create_route.ts";
import { describedAccess } from "./access/described_access.ts";
import { describedCache } from "./described_cache.ts";
import { describedDedupe } from "./described_dedupe.ts";
import type { AppEnv } from "./env.ts";
import { accepts, essenceOf, isJson } from "./media_types.ts";
import type { RouteHandling } from "./middleware/share_answer.ts";
import { invalid, mustBeJson, Refusal } from "./problem.ts";
import { readJson } from "./read_json.ts";

/** The routes that are registered so far; `S` is what the typed client sees of them. */
export interface CheckedRoutes<S extends Schema> {
  /** Takes only a route that says who may call it. */
  openapi<R extends DeclaredRoute>(route: R, handler: RouteHandler<R, AppEnv>): CheckedRoutes<S & SchemaOf<R>>;
  readonly app: OpenAPIHono<AppEnv, S>;
}

/** What the library makes of a route. */
type SchemaOf<R extends DeclaredRoute> = ReturnType<typeof bare.openapi<R>> extends OpenAPIHono<AppEnv, infer S> ? S
  : never;
declare const bare: OpenAPIHono<AppEnv>;

/** The same handler, whose answers several are given, as its route declares. */
export type SharedHandling = (
  route: Pick<DeclaredRoute, "method" | "dedupe" | "cache">,
  handler: RouteHandling,
) => RouteHandling;

type Check = (c: Context<AppEnv>) => void;

const WHERE = { json: "The body", query: "The query string" } as const;

/**
 * The library's `openapi` that checks a request in one step before its handler. The library's own makes a middleware of
 * each part and parses asynchronously, for which zod has no compiled form: that costs more than everything else of a
 * request. Headers are not checked here: their schemas are for the documents, their spelling is checked where they are
 * used. Whether the caller may is what `guard` has looked at before.
 */
export function checkedRoutes(
  app: OpenAPIHono<AppEnv>,
  shared: SharedHandling,
): CheckedRoutes<BlankSchema> {
  const openapi = (route: DeclaredRoute, handler: (c: Context<AppEnv>) => Response | Promise<Response>) => {
    const { query, params, body } = route.request ?? {};
    const offered = offeredBy(route);
    const checks: Check[] = offered.length === 0 ? [] : [(c) => mustAccept(c.req.header("accept"), offered)];
    if (query !== undefined) checks.push((c) => c.req.addValidatedData("query", parsed(query, "query", queryOf(c))));
    if (params !== undefined) checks.push((c) => c.req.addValidatedData("param", parsedParams(params, c.req.param())));
    const { schema: json } = (body?.content["application/json"] ?? {}) as { schema?: unknown };
    if (json instanceof z.ZodType) {
      const { required = false, content } = body!;
      const others = Object.keys(content).filter((type) => !isJson(type));
      checks.push((c) => {
        if (isOf(others, c.req.header("content-type"))) return;
        c.req.addValidatedData("json", parsedBody(c, json, required));
      });
    }
    app.openAPIRegistry.registerPath(describedAccess(describedCache(describedDedupe(route))));
    const operation = mayChange(route) ? route.operationId : undefined;
    const checked = (c: Context<AppEnv>) => {
      if (operation !== undefined) c.set("operation", operation);
      for (const check of checks) check(c);
      return handler(c);
    };
    const { access, takesTicket = false, tags: [scope] = [], operationId } = route;
    const path = route.path.replaceAll(/\/{(.+?)}/g, "/:$1");
    app.on(
      [route.method],
      [path],
      callableBy({ access, scope, takesTicket, operation: operationId }, shared(route, checked)),
    );
    return routes;
  };
  const routes = { openapi, app } as unknown as CheckedRoutes<BlankSchema>;
  return routes;
}

/** What may answer a request that is granted. For anyone's routes nothing: balancers ask in ways of their own. */
function offeredBy({ access, responses }: DeclaredRoute): readonly string[] {
  if (access === "anyone") return [];
  const granted = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  return [...new Set(granted.flatMap(([, response]) => Object.keys("content" in response ? response.content! : {})))];
}

/** @throws {Refusal} 406, before anything is done that could only be told in a type that is not taken */
function mustAccept(accept: string | undefined, offered: readonly string[]): void {
  if (accept === undefined || accept === "*/*" || accepts(accept, offered)) return;
  throw new Refusal(406, `This answers ${offered.join(", ")}, which Accept rules out`);
}

function mayChange({ method, changes }: DeclaredRoute): boolean {
  return method !== "get" && method !== "head" && changes !== "nothing";
}

/** @throws {Refusal} 422 that says where the value is wrong */
function parsed(schema: unknown, target: keyof typeof WHERE, value: unknown): object {
  const { success, data, error } = (schema as z.ZodType<object>).safeParse(value);
  if (success) return data;
  const what = `${WHERE[target]} is invalid`;
  throw invalid(what, new InvalidError(what, error).faults);
}

/** A path that cannot be an address is like any other unknown one. */
function parsedParams(schema: unknown, value: object): object {
  const { success, data } = (schema as z.ZodType<object>).safeParse(value);
  if (success) return data;
  throw new RuntimeError("not-found", "There is nothing at this address");
}

function parsedBody(c: Context<AppEnv>, schema: z.ZodType, required: boolean): object {
  const contentType = c.req.header("content-type");
  if (contentType === undefined) return required ? parsed(schema, "json", {}) : {};
  if (!isJson(contentType)) throw mustBeJson();
  return parsed(schema, "json", readJson(c.get("body") ?? { text: "{}", properties: 0 }));
}

/** Whether the handler takes in such a body itself. */
function isOf(types: readonly string[], contentType: string | undefined): boolean {
  return types.length > 0 && contentType !== undefined && types.includes(essenceOf(contentType) ?? "");
}

/** A parameter that is given twice is a list. */
function queryOf(c: Context<AppEnv>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}
