import process from "node:process";

/** Who writes in the background, in the terms of the catalogue's own users. */
export const SYSTEM_USER = 1;

type ColumnType = "text" | "bigint" | "double precision";

/** How one sort of item is kept: a table whose rows have the key, the content, and what is known of them. */
export interface ItemSpec {
  readonly table: string;
  /** All of them texts. */
  readonly keys: readonly string[];
  readonly content: readonly (readonly [column: string, type: ColumnType])[];
}

/** In the order in which they build on each other. */
export const ITEMS = {
  categories: {
    table: "catalog_categories",
    keys: ["internal_id"],
    content: [["name", "text"], ["description", "text"]],
  },
  brands: {
    table: "catalog_brands",
    keys: ["internal_id"],
    content: [
      ["name", "text"],
      ["country", "text"],
      ["currency", "text"],
      ["description", "text"],
      ["logo_url", "text"],
    ],
  },
  links: { table: "catalog_brand_categories", keys: ["brand_id", "category_id"], content: [] },
  products: {
    table: "catalog_products",
    keys: ["internal_id"],
    content: [
      ["brand_id", "text"],
      ["name", "text"],
      ["description", "text"],
      ["min_face_value", "double precision"],
      ["max_face_value", "double precision"],
      ["available", "bigint"],
    ],
  },
  prices: {
    table: "catalog_prices",
    keys: ["product_id", "currency"],
    content: [["min_price", "double precision"], ["max_price", "double precision"]],
  },
  configurations: {
    table: "catalog_configurations",
    keys: ["product_id", "name"],
    content: [["value", "text"]],
  },
} as const satisfies Readonly<Record<string, ItemSpec>>;

export type Item = keyof typeof ITEMS;

export const ITEM_NAMES: readonly Item[] = Object.keys(ITEMS) as Item[];

/** The values of a row's key, then of its content, in the order of the columns. */
export type ItemValues = readonly (string | number | null)[];

const HASH_CHARS = 16;
let createHash: typeof import("node:crypto").createHash | undefined;

/** 96 bits of SHA-256. */
export function hashOf(text: string): string {
  // Not imported: it would be loaded with the kinds by every thread, a tenth of the time that takes, and hardly one hashes.
  createHash ??= process.getBuiltinModule("node:crypto").createHash;
  return createHash("sha256").update(text).digest("base64url").slice(0, HASH_CHARS);
}

/** What two rows of one key have in common only when their contents are equal. */
export function contentHash(values: ItemValues): string {
  return hashOf(JSON.stringify(values));
}

/** A key as one text: its parts never hold a line break. */
export function keyText(parts: readonly (string | number | null)[]): string {
  return parts.join("\n");
}
