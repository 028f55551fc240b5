import { z } from "zod";

/**
 * What a subscriber is told of an event. `number` is the event's in its tenant, `at` in ms since the epoch, `data` as it was
 * emitted. Events come in the order of their numbers, each once, whatever dies meanwhile.
 */
export const subscribedEvent = z.object({
  subscriptionId: z.string(),
  number: z.int(),
  at: z.number(),
  type: z.string(),
  subject: z.string(),
  data: z.unknown(),
});

export type SubscribedEvent = z.infer<typeof subscribedEvent>;

/** The message of a kind that `subscribes`, whose schema is {@linkcode subscribedEvent}, */
export const SUBSCRIBER_MESSAGE = "event";
/** and the key of its actor in each tenant. */
export const SUBSCRIBER_KEY = "main";
