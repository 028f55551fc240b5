import { z } from "zod";
import { defineActor, defineJob } from "@mailroom/mailroom";

const MEBIBYTE = 1024 * 1024;
/** Where a hoard ends by itself, so that a server that does not bound it harms only its own test. */
const MOST_HOARDED = 1_536 * MEBIBYTE;

const WAYS = {
  spin() {
    for (;;);
  },
  regex: () => /^(a+)+$/.test("a".repeat(60) + "b"),
  async microtasks() {
    for (;;) await null;
  },
  json() {
    const text = JSON.stringify(Array.from({ length: 200_000 }, (_, id) => ({ id, name: `row ${id}` })));
    for (;;) JSON.parse(text);
  },
  heap() {
    const hoard: object[] = [];
    for (;;) hoard.push({ id: hoard.length, text: `row ${hoard.length}` });
  },
  async buffers() {
    const hoard: Uint8Array[] = [];
    for (let bytes = 0; bytes < MOST_HOARDED; bytes += 16 * MEBIBYTE) {
      hoard.push(new Uint8Array(16 * MEBIBYTE).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise(() => hoard);
  },
  exit: () => Deno.exit(9),
} satisfies Record<string, () => unknown>;

export type Way = keyof typeof WAYS;

/** Takes its worker, or its whole process, down with it. */
export const culprit = defineJob({
  type: "culprit",
  payload: z.object({ how: z.enum(Object.keys(WAYS) as Way[]) }),
  result: z.object({}),
  retry: { baseMs: 20, maxMs: 100 },
  async run({ how }) {
    await WAYS[how]();
    return {};
  },
});

/** Fails again and again, and is parked for it early. */
export const sulky = defineActor({
  kind: "sulky",
  state: z.object({ done: z.int() }),
  initial: { done: 0 },
  messages: { work: z.object({ succeedsAt: z.int() }) },
  queries: { done: ({ done }: { done: number }) => done },
  retry: { maxAttempts: 100, baseMs: 5, maxMs: 20 },
  restarts: { intensity: 5, periodMs: 60_000 },
  on: {
    work(state, { succeedsAt }, { attempt }) {
      if (attempt < succeedsAt) throw new Error(`attempt ${attempt} was not meant to succeed`);
      state.done++;
    },
  },
});
