import { isPostgresUrl } from "../store/postgres/url.ts";
import type { Config } from "./config.ts";

/** `NODE`, or one that is the same when the node is started again, and another for each of several on one machine. */
export function nodeName({ NODE, DATABASE_URL, PORT }: Config): string {
  if (NODE !== undefined) return NODE;
  return isPostgresUrl(DATABASE_URL) ? `${Deno.hostname()}-${PORT === 0 ? `pid-${Deno.pid}` : PORT}` : "main";
}
