import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";
import { bay } from "./bay.ts";

/** One for all tenants: it belongs to none of them, looks at the sky by itself, and closes bays wherever a storm is. */
export const weather = defineActor({
  kind: "weather",
  state: z.object({ runsFor: z.string().nullable(), looks: z.int() }),
  initial: { runsFor: null, looks: 0 },
  messages: { look: z.strictObject({}), storm: z.strictObject({ over: z.array(z.string()).max(100) }) },
  queries: { looks: ({ looks }: { looks: number }) => looks },
  schedules: [{
    name: "look-at-the-sky",
    timing: { everyMs: 1_000 },
    key: "main",
    message: "look",
    payload: {},
  }],
  on: {
    look(state, _payload, ctx) {
      state.runsFor = ctx.tenant;
      state.looks++;
    },
    storm(_state, { over }, ctx) {
      for (const tenant of over) ctx.tell(bay.at(tenant, "one"), "close", {});
    },
  },
});
