import { type RouteHandler, z } from "@hono/zod-openapi";
import { streamAt } from "../actors/parcel_stream/messages.ts";
import { type Command, LIMITS } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { streamOf, streamParams } from "./parcel_streams_view.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";

const MOST_EVENTS = 1_000;
/** A message's payload with the property around the events. */
const MESSAGE_CHARS = LIMITS.payloadBytes - 1_024;

/** They are judged one by one where they are applied: one that is malformed is set aside and holds nothing up. */
const pushed = z.strictObject({
  ScanEvents: z.array(z.unknown()).min(1).max(MOST_EVENTS).openapi({
    description: "As the source writes them",
    type: "array",
    items: { type: "object" },
    example: [{
      EventId: 1,
      ParcelId: 5002,
      Type: "PICKUP",
      CreatedDateTimeUtc: "2021-05-11T21:11:34.1506147Z",
      StatusCode: "",
      User: { UserId: "NC1001", CarrierId: "NC", RunId: "100" },
    }],
  }),
}).openapi("PushedScanEvents");

export const pushRoute = createRoute({
  method: "post",
  path: "/api/streams/{name}/events",
  access: "operator",
  operationId: "pushScanEvents",
  tags: ["parcel streams"],
  summary: `Hand in up to ${MOST_EVENTS} scan events, instead of or beside those that are polled`,
  description:
    "Accepted all or none; a bare array means the same. An event that was applied before changes nothing, so " +
    "whatever is in doubt can be sent again. Malformed ones become dead letters. The checkpoint, which is what polling " +
    "has read, stays.",
  request: {
    params: streamParams,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.preprocess((body) => Array.isArray(body) ? { ScanEvents: body } : body, pushed),
        },
      },
    },
  },
  responses: {
    202: {
      description: "They are on disk, and will be applied in order",
      content: {
        "application/json": {
          schema: z.object({ accepted: z.number().int().openapi({ description: "Events" }) }),
        },
      },
    },
    ...problems,
  },
});

export function push({ system, submissions, deedOf }: Deps): RouteHandler<typeof pushRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const { ScanEvents: events } = c.req.valid("json");
    await streamOf(system, tenant, name);
    const to = streamAt(tenant, name);
    const commands: Command[] = partsOf(events).map((events) => ({ to, message: "apply", payload: { events } }));
    await submissions.take(tenant, commands.length);
    await system.tellAll(commands, { deed: deedOf(c, `stream/${name}`) });
    return c.json({ accepted: events.length }, 202);
  };
}

/**
 * As many of the events, in order, as one message holds, and so on.
 * @throws {Refusal} 422 when one of them is larger than a message
 */
function partsOf(events: readonly unknown[]): unknown[][] {
  const parts: unknown[][] = [[]];
  let chars = 0;
  for (const [index, event] of events.entries()) {
    const size = JSON.stringify(event).length + 1;
    if (size > MESSAGE_CHARS) {
      const detail = `must be at most ${MESSAGE_CHARS} characters`;
      throw invalid("An event is too large", [{ pointer: `/ScanEvents/${index}`, detail }]);
    }
    if (chars + size > MESSAGE_CHARS) {
      parts.push([]);
      chars = 0;
    }
    parts.at(-1)!.push(event);
    chars += size;
  }
  return parts;
}
