import type { Context, MiddlewareHandler, Next } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "../../runtime/mod.ts";
import { routeIn } from "../access/callable_by.ts";
import type { AppEnv } from "../env.ts";
import { type JsonBounds, measureJson } from "../json_shape.ts";
import { createBodyRoom } from "../limits/body_room.ts";
import { isJson, isNdjson } from "../media_types.ts";
import { mustBeJson, Refusal } from "../problem.ts";
import { createDeadlines } from "./deadlines.ts";
import { readBody } from "./read_body.ts";

export interface JsonBodyOptions {
  readonly clock: Clock;
  /** By path. */
  readonly limitsOf: (path: string) => BodyLimits;
  readonly deadlineMs: number;
  /** Of the bodies that are in memory at the same time, until their requests are answered. */
  readonly room: { readonly totalBytes: number; readonly tenantBytes: number };
  /** Paths whose handlers take the body in themselves. */
  readonly streamed: readonly string[];
  /** Paths whose handlers do so with NDJSON. */
  readonly lines?: readonly string[];
}

/** What one body may be. */
export interface BodyLimits {
  readonly bytes: number;
  /** Arrays and objects count too. */
  readonly values: number;
}

const MAX_DEPTH = 64;
const MAX_PROPERTIES = 1_000;
const BODY_METHODS = ["POST", "PUT", "PATCH"];
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Takes the body of a request in, within its bounds, for the check that follows. An empty one reads as `{}`. */
export function jsonBody(options: JsonBodyOptions): MiddlewareHandler<AppEnv> {
  const { clock, limitsOf, deadlineMs, streamed, lines = [] } = options;
  const room = createBodyRoom(options.room);
  const deadlines = createDeadlines(clock, deadlineMs);
  return (c, next) => {
    const { method, path } = c.req;
    if (!BODY_METHODS.includes(method) || streamed.includes(path) || routeIn(matchedRoutes(c)) === undefined) {
      return next();
    }
    if (lines.includes(path) && isNdjson(c.req.header("content-type"))) return next();
    return takeIn(c, next);
  };
  async function takeIn(c: Context<AppEnv>, next: Next): Promise<void> {
    const { bytes: limitBytes, values } = limitsOf(c.req.path);
    const letGo = deadlines.hold();
    let leave = () => {};
    const claim = (bytes: number) => void (leave = room.enter(c.get("tenant") ?? "", bytes));
    try {
      const bytes = await readBody(c.req.raw, { limitBytes, deadlines, claim });
      const text = bytes.length === 0 ? "{}" : decode(bytes, c.req.header("content-type"));
      c.set("body", { text, properties: propertiesOf(text, values) });
      return await next();
    } finally {
      leave();
      letGo();
    }
  }
}

/** @throws {Refusal} 400 when the text nests too deep to be looked at, 413 when it holds too much */
function propertiesOf(text: string, values: number): number {
  const measured = measureJson(text, { depth: MAX_DEPTH, properties: MAX_PROPERTIES, values });
  if (typeof measured === "number") return measured;
  const said: Readonly<Record<keyof JsonBounds, () => Refusal>> = {
    depth: () => new Refusal(400, `The body nests deeper than ${MAX_DEPTH} levels`),
    properties: () => new Refusal(413, `The body has an object of more than ${MAX_PROPERTIES} properties`),
    values: () => new Refusal(413, `The body holds more than ${values} values`),
  };
  throw said[measured]();
}

function decode(bytes: Uint8Array, contentType: string | undefined): string {
  if (contentType === undefined || !isJson(contentType)) throw mustBeJson();
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal(400, "The body is not UTF-8");
  }
}
