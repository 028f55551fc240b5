import { z } from "@hono/zod-openapi";
import { tenantQuery } from "./access/named_tenant.ts";
import { writeCursor } from "./cursor.ts";

const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** The query parameters that all lists share. */
export const paging = {
  tenant: tenantQuery,
  limit: z.preprocess(inDigits, z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT)).openapi({
    description: "How many at most",
  }),
  cursor: z.string().max(500).optional().openapi({ description: "The `nextCursor` of the page before" }),
};

/** A page of a list as it reads on the wire. */
export function pageSchema<Item extends z.ZodType>(item: Item): z.ZodObject<{
  items: z.ZodArray<Item>;
  nextCursor: z.ZodNullable<z.ZodString>;
}> {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** The page that `rows` begin, of which one more than `limit` was asked for; `placeOf` is what its cursor stands for. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit, view, placeOf }: { limit: number; view: (row: Row) => Item; placeOf: (row: Row) => string },
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const nextCursor = rows.length > limit ? writeCursor(placeOf(shown.at(-1)!)) : null;
  return { items: shown.map(view), nextCursor };
}

/** A number as everyone writes it: `Number` would take 0x10, 1e1 and spaces for one too. */
function inDigits(given: unknown): unknown {
  return typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given;
}
