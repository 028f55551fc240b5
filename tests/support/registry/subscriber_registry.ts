import { z } from "zod";
import {
  createRegistry,
  defineActor,
  type Registry,
  type SubscribedEvent,
  subscribedEvent,
} from "../../../runtime/authoring.ts";
import { tally } from "./system_registry.ts";

const heard = z.object({ events: z.array(subscribedEvent) });
const events = ({ events }: { events: SubscribedEvent[] }) => events;
const numbers = ({ events }: { events: SubscribedEvent[] }) => events.map(({ number }) => number);

/** Keeps what it is told. */
export const shelf = defineActor({
  kind: "shelf",
  state: heard,
  initial: { events: [] as SubscribedEvent[] },
  messages: {
    event: subscribedEvent,
    /** Takes only some. */
    large: subscribedEvent.extend({ data: z.object({ by: z.int().min(10) }) }),
    /** Emits an event. */
    shout: z.object({ type: z.string(), by: z.int() }),
  },
  queries: { events, numbers },
  on: {
    event(state, event) {
      state.events.push(event);
    },
    large(state, event) {
      state.events.push(event);
    },
    shout(_, { type, by }, ctx) {
      ctx.emit(type, { by });
    },
  },
});

/** Subscribes to types that may be others after an update. */
export function subscriberRegistry(types: readonly string[]): Registry {
  const listener = defineActor({
    kind: "listener",
    state: heard,
    initial: { events: [] as SubscribedEvent[] },
    messages: { event: subscribedEvent },
    queries: { events, numbers },
    subscribes: types,
    on: {
      event(state, event) {
        state.events.push(event);
      },
    },
  });
  return createRegistry([...(types.length === 0 ? [] : [listener]), shelf, tally]);
}

/** Of the threads, which subscribe to nothing. */
export const registry: Registry = subscriberRegistry(["tally.added"]);

/** The actor that is told of a tenant's events because its kind subscribes. */
export function listenerOf(tenant: string): ReturnType<typeof shelf.at> {
  return { tenant, kind: "listener", key: "main" } as ReturnType<typeof shelf.at>;
}
