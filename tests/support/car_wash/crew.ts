import { z } from "zod";
import { defineActor, subscribedEvent } from "@mailroom/mailroom";

const shift = z.object({ bay: z.string(), day: z.int() });

/** Works every shift that is planned: it is told of them because it subscribes. */
export const crew = defineActor({
  kind: "crew",
  state: z.object({ worked: z.array(shift) }),
  initial: { worked: [] as z.output<typeof shift>[] },
  messages: { event: subscribedEvent },
  subscribes: ["shift.planned"],
  on: {
    event(state, { data }, ctx) {
      const planned = shift.parse(data);
      state.worked.push(planned);
      ctx.emit("shift.worked", planned);
    },
  },
});
