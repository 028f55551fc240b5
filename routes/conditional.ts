import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** A tag of what an address shows: weak, as the same state may be written in other ways. */
export function tagOf(what: string, revision: number): string {
  return `W/"${what}-${revision}"`;
}

/**
 * Whether who asks has this already.
 * @see RFC 9110, section 13.1.2
 */
export function hasTag(c: Context<AppEnv>, tag: string): boolean {
  const given = c.req.header("if-none-match");
  if (given === undefined) return false;
  const opaque = (one: string) => one.trim().replace(/^W\//, "");
  return given.trim() === "*" || given.split(",").some((one) => opaque(one) === opaque(tag));
}

/** The headers of an answer that may be kept, and must be asked for again with its tag. */
export function tagged(tag: string): Record<string, string> {
  return { "ETag": tag, "Cache-Control": "private, no-cache" };
}

/** A tag of the very bytes that an address answers. */
export function strongTag(text: string): string {
  return `"${text}"`;
}

/**
 * What is between the quotes of the tags that a change is to be made upon; undefined: upon whatever there is. A weak one is
 * good for no change, and so is not among them.
 * @see RFC 9110, section 13.1.1
 */
export function tagsToMatch(c: Context<AppEnv>): readonly string[] | undefined {
  const given = c.req.header("if-match")?.trim();
  if (given === undefined || given === "*") return undefined;
  return given.split(",").flatMap((one) => /^"([^"]*)"$/.exec(one.trim())?.[1] ?? []);
}
