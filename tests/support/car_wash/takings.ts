import { z } from "zod";
import { defineJob } from "@mailroom/mailroom";
import { washes } from "./washes.ts";

/** What a bay has earned, from the rows that it wrote. */
export const takings = defineJob({
  type: "takings",
  payload: z.strictObject({ bay: z.string() }),
  result: z.object({ cars: z.array(z.string()), cents: z.int() }),
  tables: [washes],
  async run({ bay }, ctx) {
    const rows = await ctx.query(washes.queries.ofBay, { bay });
    return { cars: rows.map(({ car }) => car), cents: rows.reduce((sum, { cents }) => sum + cents, 0) };
  },
});
