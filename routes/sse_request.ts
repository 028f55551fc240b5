import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { tenantQuery } from "./access/named_tenant.ts";
import type { AppEnv } from "./env.ts";
import { Refusal } from "./problem.ts";

const NUMBER = /^\d{1,15}$/;

/** The query parameters that all event streams share. */
export const streamQuery = {
  tenant: tenantQuery,
  named: z.enum(["true", "false"]).default("true").openapi({ description: "`false`: events for `onmessage`" }),
  ticket: z.string().optional().openapi({
    description: "Of `POST /api/notifications/tickets`, for those that cannot send a header",
  }),
  lastEventId: z.string().optional().openapi({ description: "Where to resume; 0 is the beginning of the log" }),
};

/** `Last-Event-ID`, for the documents: its spelling is checked where it is used. */
export const streamHeaders = z.object({
  "Last-Event-ID": z.string().optional().openapi({ description: "Sent by browsers; stronger than `lastEventId`" }),
});

/**
 * The number of the last event that the reader has; undefined when it is a new one. The header is stronger: a browser
 * that resumes sends it along with the query of the first time.
 * @throws {Refusal} 400 when it is not a number
 */
export function lastEventIdOf(c: Context<AppEnv>, query: string | undefined): number | undefined {
  const given = c.req.header("last-event-id") ?? query;
  if (given === undefined) return undefined;
  if (!NUMBER.test(given)) throw new Refusal(400, "The last event id must be the number of an event");
  return Number(given);
}

/** An event stream as an answer; to HEAD only its headers. */
export function streamResponse(c: Context<AppEnv>, open: () => ReadableStream<Uint8Array>): Response {
  const headers = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
  };
  return c.req.method === "HEAD" ? c.body(null, 200, headers) : c.body(open(), 200, headers);
}
