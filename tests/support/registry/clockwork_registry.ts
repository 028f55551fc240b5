import { z } from "zod";
import { createRegistry, defineActor, type Registry } from "../../../runtime/authoring.ts";
import { tally } from "./system_registry.ts";

/** What a program declares that may be another after an update. */
export interface Clockwork {
  everyMs: number;
  names: readonly string[];
}

/** Read when a registry is made of it. */
export function clockworkRegistry({ everyMs, names }: Clockwork): Registry {
  const clockwork = defineActor({
    kind: "clockwork",
    state: z.object({ ticks: z.int() }),
    initial: { ticks: 0 },
    messages: { tick: z.object({ by: z.int() }) },
    queries: { ticks: ({ ticks }: { ticks: number }) => ticks },
    schedules: names.map((name) => ({
      name,
      timing: { everyMs },
      key: "main",
      message: "tick" as const,
      payload: { by: 1 },
    })),
    on: {
      tick(state, { by }) {
        state.ticks += by;
      },
    },
  });
  return createRegistry([clockwork, tally]);
}

/** Of the threads, which look at no schedule. */
export const registry: Registry = clockworkRegistry({ everyMs: 60_000, names: ["wind-up"] });
