import { z } from "zod";
import { defineActor } from "@mailroom/mailroom";
import { bay } from "./bay.ts";

/** A scope between one tenant and all: whose tenants it has is a part of its state, and no other kind knows of it. */
export const region = defineActor({
  kind: "region",
  state: z.object({ tenants: z.array(z.string()), washed: z.int() }),
  initial: { tenants: [] as string[], washed: 0 },
  messages: {
    cover: z.strictObject({ tenants: z.array(z.string()).max(100) }),
    sumUp: z.strictObject({}),
    close: z.strictObject({}),
  },
  queries: { washed: ({ washed }: { washed: number }) => washed },
  on: {
    cover(state, { tenants }) {
      state.tenants = tenants;
    },
    async sumUp(state, _payload, ctx) {
      const counts = await Promise.all(state.tenants.map((tenant) => ctx.ask(bay.at(tenant, "one"), "washed")));
      state.washed = counts.reduce((sum, count) => sum + count, 0);
    },
    close({ tenants }, _payload, ctx) {
      for (const tenant of tenants) ctx.tell(bay.at(tenant, "one"), "close", {});
    },
  },
});
