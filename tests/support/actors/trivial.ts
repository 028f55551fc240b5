import { z } from "zod";
import { defineJob } from "@mailroom/mailroom";

/** Succeeds at once. */
export const trivial = defineJob({
  type: "trivial",
  payload: z.object({ text: z.string().default("") }),
  result: z.object({ length: z.number() }),
  run: ({ text }) => ({ length: text.length }),
});

/** Takes its time, and heeds its signal. */
export const sleepy = defineJob({
  type: "sleepy",
  payload: z.object({ ms: z.number().int() }),
  result: z.object({ sleptMs: z.number() }),
  async run({ ms }, { signal, progress }) {
    progress({ done: 0, total: ms });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
    return { sleptMs: ms };
  },
});

/** Fails until the given attempt. */
export const flaky = defineJob({
  type: "flaky",
  payload: z.object({ succeedsAt: z.number().int() }),
  result: z.object({ attempt: z.number() }),
  retry: { baseMs: 20, maxMs: 100 },
  run({ succeedsAt }, { attempt, log }) {
    log.info("trying", { attempt });
    if (attempt < succeedsAt) throw new Error(`attempt ${attempt} was not meant to succeed`);
    return { attempt };
  },
});
