import type { Context } from "hono";
import type { AppEnv } from "../env.ts";
import { isJson } from "../media_types.ts";
import type { Answer } from "./shared_answers.ts";

export type RouteHandling = (c: Context<AppEnv>) => Response | Promise<Response>;

const BODILESS = [204, 205, 304];

/** The whole of a response; null for a stream, and for what is meant for one alone: those are left as they are. */
export async function answerIn(c: Context<AppEnv>, response: Response): Promise<Answer | null> {
  const { status, headers } = response;
  const isBodiless = BODILESS.includes(status);
  if (headers.has("set-cookie") || !isBodiless && !isJson(headers.get("content-type") ?? "")) return null;
  const common = new Set(Object.keys(c.get("commonHeaders") ?? {}).map((name) => name.toLowerCase()));
  const own = [...headers].filter(([name]) => !common.has(name));
  return { status, text: isBodiless ? null : await response.text(), headers: Object.fromEntries(own) };
}
