import { z } from "zod";
import { defineActor, subscribedEvent } from "../authoring.ts";

/** The smallest whole kind: a number that messages change, a query reads and `counter.changed` tells of. */
export const counter = defineActor({
  kind: "counter",
  state: z.object({ count: z.int() }),
  initial: { count: 0 },
  messages: {
    add: z.strictObject({ by: z.int() }),
    reset: z.strictObject({}),
    /** Of a subscription: one more. */
    event: subscribedEvent,
  },
  queries: { count: (state) => state.count },
  on: {
    add(state, { by }, ctx) {
      state.count += by;
      ctx.emit("counter.changed", { count: state.count });
    },
    event(state, _payload, ctx) {
      state.count++;
      ctx.emit("counter.changed", { count: state.count });
    },
    reset(state, _payload, ctx) {
      state.count = 0;
      ctx.emit("counter.changed", { count: 0 });
    },
  },
});
