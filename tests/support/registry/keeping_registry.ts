import { z } from "zod";
import { createRegistry, defineActor, type Registry } from "../../../runtime/authoring.ts";

/** Keeps whatever it is given. */
export const keeper = defineActor({
  kind: "keeper",
  state: z.object({ kept: z.unknown() }),
  initial: { kept: null },
  messages: { keep: z.object({ value: z.unknown() }) },
  on: {
    keep(state, { value }) {
      state.kept = value;
    },
  },
});

export const registry: Registry = createRegistry([keeper]);
