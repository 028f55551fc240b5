import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";

/** Writes down in the log who told it what, as which of its lines: so the log says in which order, and after which state. */
export const diary = defineActor({
  kind: "diary",
  state: z.object({ lines: z.int() }),
  initial: { lines: 0 },
  messages: { note: z.object({ client: z.string(), number: z.int() }) },
  queries: { lines: ({ lines }: { lines: number }) => lines },
  on: {
    note(state, { client, number }, { emit }) {
      state.lines++;
      emit("diary.noted", { line: state.lines, client, number });
    },
  },
});
