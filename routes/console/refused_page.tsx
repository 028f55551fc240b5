import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "../app_env.ts";
import { PAGE_FILE_POLICY } from "../pages/static_file.ts";
import { STYLES } from "./frame.tsx";

/** Whether it is a browser that wants a page of the console. */
export function wantsConsolePage(c: Context<AppEnv>): boolean {
  return /^\/console(\/|$)/.test(c.req.path) && (c.req.header("accept")?.includes("text/html") ?? false);
}

/** What a person reads who is not let on to a page, where a program reads a problem. */
export function refusedPage(
  c: Context<AppEnv>,
  { status, detail }: { readonly status: number; readonly detail?: string | undefined },
  headers: Readonly<Record<string, string>>,
): Response {
  const html = `<!DOCTYPE html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Not shown · Mailroom console</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        {STYLES.map((name) => <link rel="stylesheet" href={`/assets/${name}.css`} />)}
      </head>
      <body>
        <main class="alone">
          <section class="card">
            <div class="empty">
              <h1>This page is not shown</h1>
              <p>{detail ?? `The server answers ${status}.`}</p>
              <p>
                <a href="/console">Overview</a> · <a href="/sign-in">Sign in as somebody else</a>
              </p>
            </div>
          </section>
        </main>
      </body>
    </html>
  )}`;
  return c.body(html, status as ContentfulStatusCode, {
    ...headers,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": PAGE_FILE_POLICY,
    "Cache-Control": "no-store",
  });
}
