import { z } from "zod";
import { defineActor, TerminalError } from "../../../runtime/authoring.ts";

const RETRY = { maxAttempts: 100, baseMs: 1, maxMs: 1 };
const state = z.object({ done: z.array(z.string()) });
const messages = {
  /** Fails its first `failures` attempts. */
  work: z.object({ name: z.string(), failures: z.int().default(0) }),
  giveUp: z.object({}),
};

/** Bears two failed attempts within a minute. */
export const frail = defineActor({
  kind: "frail",
  state,
  initial: { done: [] as string[] },
  messages,
  queries: { done: ({ done }: { done: string[] }) => done },
  retry: RETRY,
  restarts: { intensity: 2, periodMs: 60_000 },
  on: {
    work(state, { name, failures }, ctx) {
      if (ctx.attempt <= failures) throw new Error(`${name} failed`);
      state.done.push(name);
    },
    giveUp() {
      throw new TerminalError("Known to be of no use");
    },
  },
});

const parentOf = (kind: string, strategy: "one-for-one" | "rest-for-one") =>
  defineActor({
    kind,
    state: z.object({}),
    initial: {},
    messages: { raise: z.object({ keys: z.array(z.string()) }) },
    strategy,
    on: {
      raise(_state, { keys }, ctx) {
        for (const key of keys) ctx.spawn(frail.at(ctx.tenant, key));
      },
    },
  });

/** Raise frail children: one falls alone, or with those that were raised after it. */
export const loose: ReturnType<typeof parentOf> = parentOf("loose", "one-for-one");
export const strict: ReturnType<typeof parentOf> = parentOf("strict", "rest-for-one");
