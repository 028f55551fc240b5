import { z } from "zod";
import type { ItemValues } from "./items.ts";

const NAME_CHARS = 300;
const TEXT_CHARS = 8_000;
/** Far beyond what a brand has: its rows are compared together. */
const MOST_PRODUCTS = 10_000;
const MOST_PARTS = 100;
/** Of a configuration: all that is a product's is staged at once. */
const VALUE_CHARS = 1_000;

/** The catalogue's own id of something: a number or a text, kept as a text. */
const internalId = z.union([z.int().min(0), z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/)]).transform(String);
// deno-lint-ignore no-control-regex -- what a key may not hold
const name = z.string().min(1).max(NAME_CHARS).regex(/^[^\x00-\x1f]*$/, "must hold no control characters");
// deno-lint-ignore no-control-regex -- Postgres takes no such text
const text = z.string().max(TEXT_CHARS).regex(/^[^\x00]*$/, "must hold no NUL").nullish().transform((said) =>
  said ?? null
);
const currency = z.string().regex(/^[A-Z]{3}$/, "must be three capital letters");
const value = z.number().min(0).max(1e12);

const category = z.object({ internalId, name, description: text });

const product = z.object({
  internalId,
  name,
  description: text,
  minFaceValue: value.nullish().transform((said) => said ?? null),
  maxFaceValue: value.nullish().transform((said) => said ?? null),
  /** How many can be ordered; null: as many as one likes. */
  count: z.int().min(0).nullish().transform((said) => said ?? null),
  prices: z.array(z.object({ currency, min: value, max: value })).max(MOST_PARTS).default([]),
  configurations: z.array(
    z.object({ name, value: z.string().max(VALUE_CHARS).refine((value) => !value.includes("\0"), "must hold no NUL") }),
  ).max(MOST_PARTS).default([]),
});

const brand = z.object({
  internalId,
  name,
  countryCode: z.string().regex(/^[A-Z]{2}$/, "must be two capital letters").nullish().transform((said) =>
    said ?? null
  ),
  currencyCode: currency.nullish().transform((said) => said ?? null),
  description: text,
  logoUrl: text,
  categories: z.array(internalId).max(MOST_PARTS).default([]),
  products: z.array(product).max(MOST_PRODUCTS).default([]),
});

export type Brand = z.output<typeof brand>;
export type Product = Brand["products"][number];

/** An element of an answer that was read, or why it cannot be. */
export type Judged<Value> =
  | { readonly value: Value }
  /** `id` null: it cannot be read either. */
  | { readonly reason: string; readonly id: string | null };

const REASON_CHARS = 500;

export function judgeCategory(element: string): Judged<z.output<typeof category>> {
  return judge(category, element, () => null);
}

export function judgeBrand(element: string): Judged<Brand> {
  return judge(brand, element, ({ categories, products }) => {
    const ids = products.map((each) => each.internalId);
    if (new Set(ids).size < ids.length) return "products: two have the same internalId";
    if (new Set(categories).size < categories.length) return "categories: one is named twice";
    for (const { internalId, prices, configurations } of products) {
      const isTwice = (names: readonly string[]) => new Set(names).size < names.length;
      if (isTwice(prices.map((price) => price.currency))) return `product ${internalId}: two prices in one currency`;
      if (isTwice(configurations.map((each) => each.name))) {
        return `product ${internalId}: two configurations of a name`;
      }
    }
    return null;
  });
}

function judge<T>(schema: z.ZodType<T>, element: string, fault: (value: T) => string | null): Judged<T> {
  let given: unknown;
  try {
    given = JSON.parse(element);
  } catch {
    return { reason: "It is no JSON", id: null };
  }
  const parsed = schema.safeParse(given);
  const read = internalId.safeParse((given as { readonly internalId?: unknown } | null)?.internalId);
  const id = read.success ? read.data : null;
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
    return { reason: faults.join("; ").slice(0, REASON_CHARS), id };
  }
  const why = fault(parsed.data);
  return why === null ? { value: parsed.data } : { reason: why.slice(0, REASON_CHARS), id };
}

export function categoryValues({ internalId, name, description }: z.output<typeof category>): ItemValues {
  return [internalId, name, description];
}

export function brandValues({ internalId, name, countryCode, currencyCode, description, logoUrl }: Brand): ItemValues {
  return [internalId, name, countryCode, currencyCode, description, logoUrl];
}

export function productValues(product: Product, brandId: string): ItemValues {
  const { internalId, name, description, minFaceValue, maxFaceValue, count } = product;
  return [internalId, brandId, name, description, minFaceValue, maxFaceValue, count];
}
