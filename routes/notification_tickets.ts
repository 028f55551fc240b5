import { type RouteHandler, z } from "@hono/zod-openapi";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { iso } from "./instant.ts";
import { NEVER_KEPT } from "./keys.ts";
import { problems } from "./problem_schema.ts";

const ticket = z.object({
  ticket: z.string().openapi({ description: "To be sent as `?ticket=` to an event stream, once" }),
  expiresAt: z.string().openapi({ format: "date-time", description: "Until when it opens one" }),
}).openapi("Ticket");

export const ticketRoute = createRoute({
  method: "post",
  path: "/api/notifications/tickets",
  access: "viewer",
  operationId: "createTicket",
  tags: ["notifications"],
  summary: "A ticket for one event stream, for pages elsewhere whose EventSource can send no token",
  description:
    "It opens one stream within 30 s, as a viewer. The stream ends when what the ticket was asked for with " +
    "does; one that comes back needs another ticket.",
  responses: {
    201: { description: "The ticket", content: { "application/json": { schema: ticket } } },
    ...problems,
  },
});

export function issue({ credentials, deedOf }: Deps): RouteHandler<typeof ticketRoute, AppEnv> {
  return async (c) => {
    const { principal } = c.var;
    const deed = deedOf(c, `ticket/${principal.subject}`);
    const { secret, expiresAt } = await credentials.issueTicket(principal, deed);
    return c.json({ ticket: secret, expiresAt: iso(expiresAt) }, 201, NEVER_KEPT);
  };
}
