import { type Handler, Hono } from "hono";
import { etag } from "hono/etag";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { callableBy } from "../access/callable_by.ts";
import type { Credentials } from "../access/credentials.ts";
import type { AppEnv } from "../env.ts";
import { signInInstead } from "./sign_in_instead.ts";

const FOLDER = fileURLToPath(new URL("./static/", import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
};

/** Own files only, nothing inline, nobody may frame them, and no script may turn text into markup. */
const POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * What a browser sees: the files of static/. Each has a route of its own, so that no path can lead out of the folder
 * and whatever is not there is left to the app's own 404. Anyone may have them: they hold nothing of any tenant, and who
 * is to sign in needs them before; a browser is led to do that first.
 */
export function pages(credentials: Credentials): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const { name } of Deno.readDirSync(FOLDER)) {
    for (const path of pathsOf(name)) {
      if (name === HOME) {
        app.get(
          path,
          callableBy("anyone", async (c, next) => await signInInstead(c, credentials) ?? next()),
        );
      }
      app.get(path, callableBy("anyone", etag()), callableBy("anyone", serve(name)));
    }
  }
  return app;
}

const HOME = "index.html";

/** The page says by its path which of its views is shown. */
function pathsOf(name: string): readonly string[] {
  if (name === HOME) return ["/", "/mail", "/streams"];
  if (name === "sign_in.html") return ["/sign-in"];
  return [name === "favicon.svg" ? "/favicon.svg" : `/assets/${name}`];
}

/** Reads the file each time: a change shows on reload, and browsers ask with the tag of what they have. */
function serve(name: string): Handler<AppEnv> {
  const contentType = CONTENT_TYPES[extname(name)];
  if (contentType === undefined) throw new Error(`The page has a file of an unknown kind: ${name}`);
  return async (c) =>
    c.body(await Deno.readFile(join(FOLDER, name)), 200, {
      "Content-Type": contentType,
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-cache",
    });
}
