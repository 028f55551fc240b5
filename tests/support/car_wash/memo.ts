import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";

/** Holds on to whatever it is given. */
export const memo = defineActor({
  kind: "memo",
  state: z.object({ value: z.json() }),
  initial: { value: null },
  messages: { keep: z.strictObject({ value: z.json() }) },
  queries: { value: ({ value }: { value: unknown }) => value },
  on: {
    keep(state, { value }) {
      state.value = value;
    },
  },
});
