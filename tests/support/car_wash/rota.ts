import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";

/** Plans the shifts of a day: a schedule tells it to, and whoever works hears of each. */
export const rota = defineActor({
  kind: "rota",
  state: z.object({ days: z.int() }),
  initial: { days: 0 },
  messages: { plan: z.strictObject({ bays: z.array(z.string()).min(1).max(20) }) },
  queries: { days: ({ days }: { days: number }) => days },
  on: {
    plan(state, { bays }, ctx) {
      state.days++;
      for (const bay of bays) ctx.emit("shift.planned", { bay, day: state.days });
    },
  },
});
