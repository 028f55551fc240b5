import type { Hono } from "hono";
import { etag } from "hono/etag";
import { fileURLToPath } from "node:url";
import { callableBy } from "../access/callable_by.ts";
import type { AppEnv } from "../app_env.ts";
import { serveFile } from "../pages/static_file.ts";

const FOLDER = fileURLToPath(new URL("./static/", import.meta.url));

/** The files of static/ below `/assets`, for anyone: they hold nothing of any tenant. */
export function serveAssets(app: Hono<AppEnv>): void {
  for (const { name } of Deno.readDirSync(FOLDER)) {
    const path = `/assets/${name}`;
    app.get(path, callableBy("anyone", etag()), callableBy("anyone", serveFile(FOLDER, name)));
  }
}
