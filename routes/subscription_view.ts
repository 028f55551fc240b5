import { z } from "@hono/zod-openapi";
import { EVENT_TYPE, RuntimeError, type Subscription } from "../runtime/mod.ts";
import { iso } from "./instant.ts";
import { ULID } from "./job_address.ts";

const EXAMPLE = "01JD9ZK5T3M6X8QV2N4B7C1RSW";
/** A ULID, or `kind:` and the name of a kind. */
const ID = new RegExp(`${ULID.source}|^kind:[a-z][a-z0-9-]{0,99}$`);

export const eventType = z.string().max(100).regex(EVENT_TYPE, "must read like customer.created")
  .openapi({ description: "As events bear it", example: "job.succeeded" });

/** The `{id}` of a subscription's path; what cannot be one answers 404 like any other unknown subscription. */
export const subscriptionParams = z.object({
  id: z.string().regex(ID).openapi({ description: "Of the subscription", example: EXAMPLE }),
});

const instant = z.iso.datetime();

/** A subscription as it reads on the wire. */
export const subscriptionView = z.object({
  id: z.string().openapi({ description: "A ULID; `kind:` and its name for one that comes with a kind" }),
  eventTypes: z.array(z.string()).openapi({ description: "One, unless it comes with a kind" }),
  target: z.object({
    kind: z.string(),
    key: z.string(),
    message: z.string(),
  }).openapi({ description: "To whom each event is sent, as which message" }),
  builtIn: z.boolean().openapi({ description: "It comes with a kind: it cannot be deleted" }),
  status: z.enum(["active", "failing"]).openapi({
    description: "`failing`: the next event is not accepted, see `error`; it is tried again every minute",
  }),
  error: z.string().nullable().openapi({ description: "Why it is not accepted" }),
  cursor: z.number().int().openapi({
    description: "Number of the last event that was looked at for it, at most a little behind",
  }),
  sent: z.number().int().openapi({ description: "Events that were sent" }),
  gap: z.object({
    from: z.number().int(),
    to: z.number().int(),
    at: instant,
  }).nullable().openapi({ description: "The latest events, by number, that were gone before they could be looked at" }),
  createdBy: z.string().openapi({ description: "Who made it: a subject, or `system`" }),
  createdAt: instant.openapi({ description: "When it was made" }),
}).openapi("Subscription");

export function viewOfSubscription(subscription: Subscription): z.infer<typeof subscriptionView> {
  const { id, eventTypes, target, builtIn, status, error, cursor, sent, gap, createdBy, createdAt } = subscription;
  return {
    id,
    eventTypes: [...eventTypes],
    target,
    builtIn,
    status,
    error,
    cursor,
    sent,
    gap: gap === null ? null : { ...gap, at: iso(gap.at) },
    createdBy,
    createdAt: iso(createdAt),
  };
}

/** The same for one that never was, one that is gone and another tenant's. */
export function noSubscription(): RuntimeError {
  return new RuntimeError("not-found", "There is no such subscription");
}
