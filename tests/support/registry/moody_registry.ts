import { z } from "zod";
import { createRegistry, defineActor, type Registry } from "../../../runtime/authoring.ts";

/** What the runs of the schedule `rounds` do; set by the test whose isolate runs them. */
export const mood = { fails: false, before: () => Promise.resolve() };

const moody = defineActor({
  kind: "moody",
  state: z.object({ rounds: z.int() }),
  initial: { rounds: 0 },
  messages: { round: z.object({}) },
  retry: { maxAttempts: 1 },
  restarts: { intensity: 5, periodMs: 60_000 },
  schedules: [{ name: "rounds", timing: { everyMs: 40_000 }, key: "main", message: "round" as const, payload: {} }],
  on: {
    async round(state) {
      await mood.before();
      if (mood.fails) throw new Error("in a bad mood");
      state.rounds++;
    },
  },
});

export const registry: Registry = createRegistry([moody]);
