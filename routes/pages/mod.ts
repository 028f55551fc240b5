import { Hono } from "hono";
import { etag } from "hono/etag";
import { fileURLToPath } from "node:url";
import { callableBy } from "../access/callable_by.ts";
import type { Credentials } from "../access/credentials.ts";
import type { AppEnv } from "../env.ts";
import { signInInstead } from "./sign_in_instead.ts";
import { serveFile } from "./static_file.ts";

const FOLDER = fileURLToPath(new URL("./static/", import.meta.url));

/**
 * What a browser sees: the files of static/. Each has a route of its own, so that no path can lead out of the folder
 * and whatever is not there is left to the app's own 404. Anyone may have them: they hold nothing of any tenant, and who
 * is to sign in needs them before; a browser is led to do that first.
 */
export function pages(credentials: Credentials): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const { name } of Deno.readDirSync(FOLDER)) {
    for (const path of pathsOf(name)) {
      if (name === HOME || name === CHANNEL) {
        app.get(
          path,
          callableBy("anyone", async (c, next) => await signInInstead(c, credentials) ?? next()),
        );
      }
      app.get(path, callableBy("anyone", etag()), callableBy("anyone", serveFile(FOLDER, name)));
    }
  }
  return app;
}

const HOME = "index.html";
/** Follows the notifications by the way that its path says. */
const CHANNEL = "channel.html";

/** The page says by its path which of its views is shown. */
function pathsOf(name: string): readonly string[] {
  if (name === HOME) return ["/", "/mail", "/streams"];
  if (name === CHANNEL) return ["/notifications/sse", "/notifications/ws"];
  if (name === "sign_in.html") return ["/sign-in"];
  return [name === "favicon.svg" ? "/favicon.svg" : `/assets/${name}`];
}
