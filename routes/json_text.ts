import type { Context, TypedResponse } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { JSONParsed } from "hono/utils/types";
import type { AppEnv } from "./env.ts";

/** Answers a `T` that is JSON text already, as `c.json` answers an object. For the answers that are given most often. */
export function jsonText<T, S extends ContentfulStatusCode = 200>(
  c: Context<AppEnv>,
  text: string,
  { status = 200 as S, headers }: { readonly status?: S; readonly headers?: Readonly<Record<string, string>> } = {},
): Response & TypedResponse<JSONParsed<T>, S, "json"> {
  c.set("bearsCommonHeaders", true);
  const all = { "Content-Type": "application/json", ...c.get("commonHeaders"), ...headers };
  return new Response(text, { status, headers: all }) as never;
}
