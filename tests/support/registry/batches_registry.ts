import { z } from "zod";
import { defineJob } from "../../../actors/authoring.ts";
import {
  batchEnded,
  batchFailing,
  createRegistry,
  defineActor,
  type Registry,
  TerminalError,
} from "../../../runtime/authoring.ts";
import { passGate } from "../gates.ts";

const RETRY = { maxAttempts: 2, baseMs: 1, maxMs: 2 };

/** Prints its text; fails for good when it is to, and waits at a door when one is named. */
export const print = defineJob({
  type: "print",
  payload: z.object({ text: z.string(), fails: z.boolean().default(false), gate: z.string().default("") }),
  result: z.object({ text: z.string() }),
  retry: RETRY,
  async run({ text, fails, gate }, ctx) {
    if (gate !== "") await passGate(gate, ctx.signal);
    if (fails) throw new TerminalError("It cannot be printed");
    return { text };
  },
});

/** An actor with one message: it can be a child as well. */
export const tick = defineActor({
  kind: "tick",
  state: z.object({ ticks: z.int() }),
  initial: { ticks: 0 },
  messages: { tick: z.object({ by: z.int() }) },
  on: {
    tick(state, { by }) {
      state.ticks += by;
    },
  },
});

/** A job that spawns jobs: a batch below the one that it is counted in. */
export const booklet = defineJob({
  type: "booklet",
  payload: z.object({ pages: z.int(), gate: z.string().default("") }),
  result: z.object({ batch: z.string() }),
  spawns: [print],
  run({ pages, gate }, ctx) {
    return { batch: ctx.spawn(print, Array.from({ length: pages }, (_, page) => ({ text: `${page}`, gate }))) };
  },
});

/** Spawns what it is asked for, and keeps what it is told of it. */
export const press = defineActor({
  kind: "press",
  state: z.object({
    spawned: z.int(),
    ended: z.array(batchEnded),
    failing: z.array(batchFailing),
  }),
  initial: { spawned: 0, ended: [], failing: [] },
  retry: RETRY,
  spawns: [print, booklet, tick],
  messages: {
    print: z.object({
      copies: z.int(),
      failing: z.int().default(0),
      gate: z.string().default(""),
      name: z.string().optional(),
      throws: z.boolean().default(false),
    }),
    edition: z.object({
      copies: z.int(),
      atOnce: z.int(),
      gate: z.string().default(""),
      held: z.string().default(""),
      last: z.string().default(""),
      throws: z.boolean().default(false),
    }),
    booklets: z.object({ booklets: z.int(), pages: z.int(), gate: z.string().default("") }),
    tick: z.object({ times: z.int() }),
    ended: batchEnded,
    failed: batchFailing,
  },
  queries: { state: (state) => state },
  on: {
    print(_, { copies, failing, gate, name, throws }, ctx) {
      const copy = (index: number) => ({ text: `${index}`, fails: index < failing, gate });
      const options = { onAllDone: "ended", onAnyFailed: "failed", ...name === undefined ? {} : { name } };
      ctx.spawn(print, Array.from({ length: copies }, (_, index) => copy(index)), options);
      if (throws && ctx.attempt === 1) throw new Error("The paper is torn");
    },
    async *edition(state, { copies, atOnce, gate, held, last, throws }, ctx) {
      while (state.spawned < copies) {
        await passGate(`${gate}-${state.spawned}`, ctx.signal);
        const count = Math.min(atOnce, copies - state.spawned);
        ctx.spawn(
          print,
          Array.from({ length: count }, (_, index) => ({ text: `${state.spawned + index}`, gate: held })),
          {
            onAllDone: "ended",
          },
        );
        state.spawned += count;
        yield;
      }
      if (last !== "") await passGate(last, ctx.signal);
      if (throws && ctx.attempt === 1) throw new Error("The paper is torn");
    },
    booklets(_, { booklets, pages, gate }, ctx) {
      ctx.spawn(booklet, Array.from({ length: booklets }, () => ({ pages, gate })), { onAllDone: "ended" });
    },
    tick(_, { times }, ctx) {
      ctx.spawn(tick, Array.from({ length: times }, () => ({ by: 1 })), { onAllDone: "ended" });
    },
    ended(state, told) {
      state.ended.push(told);
    },
    failed(state, told) {
      state.failing.push(told);
    },
  },
});

/** Says that all is printed, in a turn or without one; of what has failed it says so in a turn. */
export const binder = defineActor({
  kind: "binder",
  state: z.object({}),
  initial: {},
  spawns: [print],
  messages: { ended: batchEnded },
  on: {
    ended: (_, { failed }, ctx) =>
      ctx.emit(failed === 0 ? "binder.done" : "binder.torn", {}, { subject: "binder/one" }),
  },
  ending: ({ failed }) =>
    failed > 0 ? null : { rows: [], events: [{ type: "binder.done", subject: "binder/one", data: "{}" }] },
});

export const registry: Registry = createRegistry([print, tick, booklet, press, binder]);
