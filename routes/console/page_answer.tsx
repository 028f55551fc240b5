import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "../app_env.ts";
import { PAGE_FILE_POLICY } from "../pages/static_file.ts";
import { Frame } from "./frame.tsx";
import type { View } from "./view.ts";
import type { Visit } from "./visit.ts";

/** The whole document. No cache keeps it: it shows what one tenant may see. */
export function answerPage(
  c: Context<AppEnv>,
  visit: Visit,
  { view, status, headers = {} }: {
    readonly view: View;
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Response {
  const html = `<!DOCTYPE html>${<Frame visit={visit} view={view} />}`;
  return c.body(html, status as ContentfulStatusCode, {
    ...headers,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": PAGE_FILE_POLICY,
    "Cache-Control": "no-store",
    "Vary": "Cookie, Authorization",
  });
}
