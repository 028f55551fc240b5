import { z } from "zod";
import { createRegistry, defineActor, defineJob, type Registry } from "@mailroom/mailroom";

/** A job that does nothing: what is measured is Mailroom itself. */
export const trivial = defineJob({
  type: "trivial",
  payload: z.object({ text: z.string() }),
  result: z.object({ length: z.number() }),
  run: ({ text }) => ({ length: text.length }),
});

/** Says when its handler began, in ms since the epoch with fractions. */
export const timed = defineJob({
  type: "timed",
  payload: z.object({ text: z.string() }),
  result: z.object({ startedAt: z.number() }),
  run: () => ({ startedAt: performance.timeOrigin + performance.now() }),
});

/** Comes before all others; for a kind that is paused in front of them. */
export const urgent = defineJob({
  type: "urgent",
  payload: z.object({ text: z.string() }),
  result: z.object({ length: z.number() }),
  priority: 9,
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

/** Fails at once, and then waits for an hour. */
export const refusing = defineActor({
  kind: "refusing",
  state: z.object({}),
  initial: {},
  messages: { try: z.object({}) },
  retry: { maxAttempts: 4, baseMs: 3_600_000, maxMs: 3_600_000 },
  restarts: null,
  on: {
    try() {
      throw new Error("not today");
    },
  },
});

export const registry: Registry = createRegistry([trivial, timed, urgent, tally, refusing]);
