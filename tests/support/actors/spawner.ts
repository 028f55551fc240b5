import { z } from "zod";
import { batchEnded, defineActor } from "@mailroom/mailroom";
import { trivial } from "./trivial.ts";

/** Spawns trivial jobs, so many with each commit, and keeps what it is told of their end. */
export const spawner = defineActor({
  kind: "spawner",
  state: z.object({ spawned: z.int(), ended: z.array(batchEnded) }),
  initial: { spawned: 0, ended: [] },
  spawns: [trivial],
  messages: { spawn: z.object({ children: z.int(), atOnce: z.int() }), ended: batchEnded },
  queries: { state: (state) => state },
  on: {
    *spawn(state, { children, atOnce }, { spawn }) {
      while (state.spawned < children) {
        const texts = Array.from({ length: Math.min(atOnce, children - state.spawned) }, () => ({ text: "a" }));
        spawn(trivial, texts, { onAllDone: "ended" });
        state.spawned += texts.length;
        yield;
      }
    },
    ended(state, told) {
      state.ended.push(told);
    },
  },
});
