import { z } from "zod";
import { defineJob } from "../../../actors/authoring.ts";
import { TerminalError } from "../../../runtime/authoring.ts";
import { passGate } from "../gates.ts";

const RETRY = { maxAttempts: 3, baseMs: 2, maxMs: 4 };

export const echo = defineJob({
  type: "echo",
  payload: z.object({ text: z.string() }),
  result: z.object({ text: z.string(), effectKey: z.string() }),
  run({ text }, ctx) {
    ctx.log.info("echoing", { length: text.length });
    return { text, effectKey: ctx.effectKey("print") };
  },
});

/** Calls an address that a user gave, `times` at once. */
export const courier = defineJob({
  type: "courier",
  payload: z.object({ url: z.string(), times: z.int().default(1) }),
  result: z.object({ statuses: z.array(z.int()) }),
  retry: { maxAttempts: 1 },
  userAddresses: true,
  async run({ url, times }, ctx) {
    const answers = await Promise.all(Array.from({ length: times }, () => ctx.fetchUrl(url)));
    return { statuses: answers.map(({ status }) => status) };
  },
});

/** Fails its first `failures` attempts, or terminally. */
export const flaky = defineJob({
  type: "flaky",
  payload: z.object({ failures: z.int(), terminal: z.boolean().optional() }),
  result: z.object({ attempt: z.int() }),
  retry: RETRY,
  run({ failures, terminal }, ctx) {
    ctx.log.warn(`attempt ${ctx.attempt}`);
    if (terminal) throw new TerminalError("It will never work");
    if (ctx.attempt <= failures) throw new Error(`Attempt ${ctx.attempt} failed`);
    return { attempt: ctx.attempt };
  },
});

/** Stands at the door `gate` until that opens; tells its progress before. */
export const patient = defineJob({
  type: "patient",
  payload: z.object({ gate: z.string(), progress: z.int().default(0) }),
  result: z.null(),
  retry: RETRY,
  async run({ gate, progress }, ctx) {
    for (let done = 1; done <= progress; done++) ctx.progress({ done, total: progress });
    await passGate(gate, ctx.signal);
    return null;
  },
});

/** Books `steps` rows with a commit point after each, and stands at the door `gate` before every one. */
export const stepping = defineJob({
  type: "stepping",
  payload: z.object({ steps: z.int(), gate: z.string().default("none") }),
  result: z.object({ began: z.int() }),
  retry: RETRY,
  state: z.object({ done: z.int(), began: z.int() }),
  initial: { done: 0, began: 0 },
  async *run({ steps, gate }, ctx) {
    ctx.state.began++;
    while (ctx.state.done < steps) {
      await passGate(`${gate}-${ctx.state.done}`, ctx.signal);
      ctx.emit("step.taken", { step: ++ctx.state.done });
      yield;
    }
    return { began: ctx.state.began };
  },
});
