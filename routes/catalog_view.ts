import { z } from "@hono/zod-openapi";
import type { BrandWithCategories, ProductWithParts } from "../actors/catalog/list_queries.ts";
import type { CategoryRow, CycleRow, SourceRow } from "../actors/catalog/rows.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const count = z.number().int();
const instant = z.iso.datetime();
const id = z.string().openapi({ description: "As the catalogue has it", example: "b12" });
const text = z.string().nullable();
const name = z.string().openapi({ description: "For people" });
const description = text.openapi({ description: "For people" });

const kept = {
  status: z.enum(["active", "withdrawn", "announced"]).openapi({
    description: "`withdrawn`: listed no more; `announced`: a category that brands name and that was not told of yet",
  }),
  createdAt: instant.openapi({ description: "When it was listed first" }),
  updatedAt: instant.openapi({ description: "When it became what it is" }),
  updatedBy: count.openapi({ description: "1: the system, in the background" }),
};

export const categoryView = z.object({
  id,
  name: text.openapi({ description: "Null as long as it is announced" }),
  description,
  ...kept,
}).openapi("CatalogCategory");

export const brandView = z.object({
  id,
  name,
  country: text.openapi({ description: "ISO 3166-1 alpha-2", example: "DE" }),
  currency: text.openapi({ description: "ISO 4217", example: "EUR" }),
  description,
  logoUrl: text.openapi({ description: "Where its logo is" }),
  categories: z.array(z.string()).openapi({ description: "The ids of its categories" }),
  ...kept,
}).openapi("CatalogBrand");

export const productView = z.object({
  id,
  brand: z.string().openapi({ description: "The id of its brand" }),
  name,
  description,
  minFaceValue: z.number().nullable().openapi({ description: "The least that a card may be worth" }),
  maxFaceValue: z.number().nullable().openapi({ description: "The most" }),
  available: count.nullable().openapi({ description: "How many can be ordered; null: as many as one likes" }),
  prices: z.array(z.object({ currency: z.string(), min: z.number(), max: z.number() })).openapi({
    description: "What it costs, by currency",
  }),
  configurations: z.array(z.object({ name: z.string(), value: z.string() })).openapi({
    description: "What can be said of an order of it",
  }),
  ...kept,
}).openapi("CatalogProduct");

export const partName = z.enum(["categories", "brands"]).openapi({
  description: "Which of the two that are asked for",
});

const changes = z.record(z.string(), z.object({ created: count, updated: count, withdrawn: count }));

export const cycleView = z.object({
  id: z.string().openapi({ description: "Grows with time" }),
  part: partName,
  status: z.enum(["running", "delayed", "completed", "failed"]).openapi({
    description: "`delayed`: until `delayedUntil`, as the catalogue or its limit want it",
  }),
  startedAt: instant.openapi({ description: "When it was begun first" }),
  endedAt: instant.nullable().openapi({ description: "When it was completed, or failed" }),
  durationMs: count.nullable().openapi({ description: "From its last start, without delays" }),
  delayedUntil: instant.nullable().openapi({ description: "When it goes on; null unless it is delayed" }),
  starts: count.openapi({ description: "How often it was begun: again after each delay and each end of a process" }),
  changes: changes.nullable().openapi({ description: "Rows that were written, by item; null before it is completed" }),
  listed: count.nullable().openapi({ description: "How many the catalogue lists" }),
  setAside: count.nullable().openapi({ description: "How many of them cannot be taken over" }),
  error: text.openapi({ description: "Why it failed, or is delayed" }),
  errorClass: text.openapi({ description: "What kind of failure, such as `timeout` or `server-error`" }),
}).openapi("CatalogCycle");

export const asideView = z.object({
  part: partName,
  id: text.openapi({ description: "Of what was set aside; null when it cannot be read" }),
  reason: z.string().openapi({ description: "What is wrong with it" }),
  since: instant.openapi({ description: "When it was seen first" }),
}).openapi("CatalogSetAside");

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustHaveCatalog({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has("catalog")) throw new RuntimeError("not-found", "This installation reads no catalogue");
}

export function viewOfCategory(row: CategoryRow): z.infer<typeof categoryView> {
  return { id: row.internalId, name: row.name, description: row.description, ...keptOf(row) };
}

export function viewOfBrand(row: BrandWithCategories): z.infer<typeof brandView> {
  const { internalId, name, country, currency, description, logoUrl, categories } = row;
  return { id: internalId, name, country, currency, description, logoUrl, categories: [...categories], ...keptOf(row) };
}

export function viewOfProduct(row: ProductWithParts): z.infer<typeof productView> {
  const { internalId, brandId, name, description, minFaceValue, maxFaceValue, available } = row;
  return {
    ...{ id: internalId, brand: brandId, name, description, minFaceValue, maxFaceValue, available },
    prices: row.prices.map(({ currency, minPrice, maxPrice }) => ({ currency, min: minPrice, max: maxPrice })),
    configurations: row.configurations.map(({ name, value }) => ({ name, value })),
    ...keptOf(row),
  };
}

export function viewOfCycle(row: CycleRow): z.infer<typeof cycleView> {
  const { id, part, status, durationMs, starts, error, errorClass } = row;
  const figures = row.counts === null
    ? { changes: null, listed: null, setAside: null }
    : JSON.parse(row.counts) as Pick<z.infer<typeof cycleView>, "changes" | "listed" | "setAside">;
  return {
    ...{ id, part, status, durationMs, starts, error, errorClass },
    startedAt: iso(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
    delayedUntil: isoOrNull(row.delayedUntil),
    ...figures,
  };
}

export function viewOfAside({ part, internalId, reason, seenAt }: SourceRow): z.infer<typeof asideView> {
  return { part, id: internalId, reason: reason!, since: iso(seenAt) };
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

function keptOf(
  { status, createdAt, updatedAt, updatedBy }: Pick<CategoryRow, "status" | "createdAt" | "updatedAt" | "updatedBy">,
) {
  return { status, createdAt: iso(createdAt), updatedAt: iso(updatedAt), updatedBy };
}
