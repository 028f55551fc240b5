import { z } from "zod";
import { createRegistry, defineActor, defineJob, type Registry } from "@mailroom/mailroom";

/** A job that does nothing: what is measured is Mailroom itself. */
export const trivial = defineJob({
  type: "trivial",
  payload: z.object({ text: z.string() }),
  result: z.object({ length: z.number() }),
  run: ({ text }) => ({ length: text.length }),
});

export const tally = defineActor({
  kind: "tally",
  state: z.object({ count: z.number().int() }),
  initial: { count: 0 },
  messages: { add: z.object({ by: z.number().int() }) },
  queries: { count: (state) => state.count },
  on: {
    add(state, { by }) {
      state.count += by;
    },
  },
});

export const registry: Registry = createRegistry([trivial, tally]);
