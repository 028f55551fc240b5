import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";

/** Breaks when it is told to; the fourth time within a minute it is parked. */
export const brittle = defineActor({
  kind: "brittle",
  state: z.object({ touched: z.int() }),
  initial: { touched: 0 },
  messages: { touch: z.object({ breaks: z.boolean().default(false) }) },
  retry: { maxAttempts: 2, baseMs: 5, maxMs: 10 },
  restarts: { intensity: 3, periodMs: 60_000 },
  on: {
    touch(state, { breaks }) {
      if (breaks) throw new Error("It broke at a touch");
      state.touched++;
    },
  },
});
