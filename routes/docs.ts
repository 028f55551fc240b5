import { type RouteHandler, z } from "@hono/zod-openapi";
import { join } from "node:path";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { PAGE_POLICY } from "./middleware/headers.ts";
import { signInInstead } from "./pages/sign_in_instead.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";

/** What the page loads, by name: these files of the npm package and nothing else. */
const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

const START = "start.js";
const START_SCRIPT =
  `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });\n`;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mailroom API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/${START}"></script>
</html>
`;

/** Swagger UI writes style attributes. */
const DOCS_POLICY = `${PAGE_POLICY}; style-src 'self' 'unsafe-inline'`;

const html = { "text/html": { schema: z.string() } };

/** For anyone: the page itself tells nothing, the document that it loads has a door of its own. */
export const docsRoute = createRoute({
  method: "get",
  path: "/docs",
  access: "anyone",
  operationId: "getDocs",
  tags: ["operations"],
  summary: "This document as a page; works without a network",
  responses: {
    200: { description: "The page", content: html },
    302: { description: "To the sign-in page, for a browser that shows nothing it can be known by" },
    ...problems,
  },
});

export function docs({ credentials }: Deps): RouteHandler<typeof docsRoute, AppEnv> {
  return async (c) =>
    await signInInstead(c, credentials) ?? c.html(PAGE, 200, { "Content-Security-Policy": DOCS_POLICY });
}

export const docsAssetRoute = createRoute({
  method: "get",
  path: "/docs/{file}",
  access: "anyone",
  operationId: "getDocsFile",
  tags: ["operations"],
  summary: "What the page is made of",
  request: { params: z.object({ file: z.string().openapi({ description: "Its name" }) }) },
  responses: {
    200: {
      description: "The file",
      content: { "text/css": { schema: z.string() }, "text/javascript": { schema: z.string() } },
    },
    ...problems,
  },
});

export function docsAsset(): RouteHandler<typeof docsAssetRoute, AppEnv> {
  return async (c) => {
    const { file } = c.req.valid("param");
    const headers = { "Cache-Control": "public, max-age=3600" };
    if (file === START) {
      return c.body(START_SCRIPT, 200, { ...headers, "Content-Type": "text/javascript; charset=utf-8" });
    }
    const contentType = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
    if (contentType === undefined) throw new Refusal(404, "There is nothing at this address");
    const bytes = await Deno.readFile(join(await packageFolder(), file));
    return c.body(bytes, 200, { ...headers, "Content-Type": contentType });
  };
}

/** Loaded when the page is first asked for: the package is large. */
async function packageFolder(): Promise<string> {
  const { default: absolutePath } = await import("swagger-ui-dist/absolute-path.js");
  return absolutePath();
}
