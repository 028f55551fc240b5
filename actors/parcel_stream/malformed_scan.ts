import { z } from "zod";
import { defineActor, TerminalError } from "../authoring.ts";
import { judgeEvent } from "./judge_events.ts";
import { malformedMessages, streamAt } from "./messages.ts";

/**
 * Where malformed events are set aside; its key is the name of the stream. Each is a dead letter with its raw text and the
 * reason. Retried once the program has learned to read it, it is applied as if it had been pushed.
 */
export const malformedScan = defineActor({
  kind: "malformed-scan",
  state: z.object({}),
  initial: {},
  messages: malformedMessages,
  restarts: null,
  addressable: false,
  on: {
    inspect(_state, { raw }, ctx) {
      const event = parsed(raw);
      const judged = judgeEvent(event);
      if ("malformed" in judged) throw new TerminalError(`The scan event is malformed: ${judged.malformed.reason}`);
      ctx.tell(streamAt(ctx.tenant, ctx.self.key), "apply", { events: [event] });
    },
  },
});

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    throw new TerminalError("The scan event is malformed, and too long to be kept whole");
  }
}
