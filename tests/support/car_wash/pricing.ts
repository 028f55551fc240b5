import { z } from "zod";
import { defineActor, type Kind, type Ref } from "@mailroom/mailroom";

const quote = z.strictObject({ car: z.string(), for: z.string() });
export const quoted = z.strictObject({ car: z.string(), cents: z.int() });

const STATE = z.object({ quotes: z.int() });

/** Whatever says what a wash costs. */
export type Pricing = Kind<{ quotes: number }, { quote: typeof quote }>;

function pricing(kind: string, centsOf: (car: string) => number): Pricing {
  return defineActor({
    kind,
    state: STATE,
    initial: { quotes: 0 },
    messages: { quote },
    queries: {},
    on: {
      quote(state, { car, for: key }, ctx) {
        state.quotes++;
        const asker: Ref<{ quoted: typeof quoted }> = { tenant: ctx.tenant, kind: "bay", key };
        ctx.tell(asker, "quoted", { car, cents: centsOf(car) });
      },
    },
  });
}

export const flatPrice = pricing("flat-price", () => 1_200);
/** A longer name is a heavier car. */
export const byWeightPrice = pricing("by-weight-price", (car) => 100 * car.length);

export const PRICINGS = ["flat", "by-weight"] as const;
export const PRICING: Readonly<Record<typeof PRICINGS[number], Pricing>> = {
  "flat": flatPrice,
  "by-weight": byWeightPrice,
};
