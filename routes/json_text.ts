import type { Context, TypedResponse } from "hono";
import type { JSONParsed } from "hono/utils/types";

/** Answers a `T` that is JSON text already, as `c.json` answers an object. */
export function jsonText<T>(c: Context, text: string): Response & TypedResponse<JSONParsed<T>, 200, "json"> {
  return c.body(text, 200, { "Content-Type": "application/json" }) as never;
}
