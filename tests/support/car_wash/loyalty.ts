import { z } from "zod";
import { defineActor, subscribedEvent } from "@mailroom/mailroom";

/** Counts what it is told of; it declares nothing: people subscribe it while everything runs. */
export const loyalty = defineActor({
  kind: "loyalty",
  state: z.object({ heard: z.array(z.string()) }),
  initial: { heard: [] as string[] },
  messages: { event: subscribedEvent },
  on: {
    event(state, { type, data }) {
      state.heard.push(`${type} ${JSON.stringify(data)}`);
    },
  },
});
