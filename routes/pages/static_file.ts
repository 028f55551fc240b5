import type { Handler } from "hono";
import { extname, join } from "node:path";
import type { AppEnv } from "../app_env.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
};

/** Own files only, nothing inline, nobody may frame them, and no script may turn text into markup. */
export const PAGE_FILE_POLICY: string = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Reads the file each time: a change shows on reload, and browsers ask with the tag of what they have. */
export function serveFile(folder: string, name: string): Handler<AppEnv> {
  const contentType = CONTENT_TYPES[extname(name)];
  if (contentType === undefined) throw new Error(`The page has a file of an unknown kind: ${name}`);
  return async (c) =>
    c.body(await Deno.readFile(join(folder, name)), 200, {
      "Content-Type": contentType,
      "Content-Security-Policy": PAGE_FILE_POLICY,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-cache",
    });
}
