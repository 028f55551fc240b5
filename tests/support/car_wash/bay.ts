import { z } from "zod";
import { defineActor, TerminalError } from "@mailroom/mailroom";
import { PRICING, PRICINGS, quoted } from "./pricing.ts";
import { washes } from "./washes.ts";

/** Where a tenant's cars are washed: whose it is it was told once, and keeps. */
export const bay = defineActor({
  kind: "bay",
  state: z.object({ tenant: z.string().nullable(), washed: z.int(), isOpen: z.boolean() }),
  initial: { tenant: null, washed: 0, isOpen: true },
  messages: {
    wash: z.strictObject({ car: z.string().min(1), pricing: z.enum(PRICINGS).default("flat") }),
    quoted,
    close: z.strictObject({}),
  },
  queries: { washed: ({ washed }: { washed: number }) => washed },
  tables: [washes],
  on: {
    wash(state, { car, pricing }, ctx) {
      state.tenant ??= ctx.tenant;
      if (state.tenant !== ctx.tenant) throw new TerminalError(`A bay of ${state.tenant} was run for ${ctx.tenant}`);
      ctx.tell(PRICING[pricing].at(ctx.tenant, "main"), "quote", { car, for: ctx.self.key });
    },
    quoted(state, { car, cents }, ctx) {
      state.washed++;
      ctx.write(washes.writes.book, { id: ctx.messageId, bay: ctx.self.key, car, cents });
      ctx.emit("bay.washed", { car, cents });
    },
    close(state, _payload, ctx) {
      state.isOpen = false;
      ctx.emit("bay.closed", {});
    },
  },
});
