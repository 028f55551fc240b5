import type { DatabaseSync } from "node:sqlite";
import type { BrandWithCategories, ProductWithParts } from "../../actors/catalog/list_queries.ts";
import { CATALOG_TENANT, catalogAt, onceFor } from "../../actors/catalog/messages.ts";
import type { CategoryRow, CycleRow, Part, SourceRow } from "../../actors/catalog/rows.ts";
import type { CatalogSimulator, Listing } from "../../actors/catalog/simulator/contract.ts";
import { catalogTables } from "../../actors/catalog/tables.ts";
import { openParcelNode, type ParcelNode } from "./parcel_node.ts";
import { readEvents } from "./read_events.ts";

/** A node of the product's kinds whose catalogue is a simulator. */
export interface CatalogNode extends AsyncDisposable, Pick<ParcelNode, "system" | "recorder" | "until" | "restart"> {
  /** Begins a cycle of a part and resolves when it has ended, or is delayed. */
  sync(part: Part): Promise<CycleRow>;
  /** The newest first. */
  cycles(part: Part): Promise<readonly CycleRow[]>;
  setAside(part: Part): Promise<readonly SourceRow[]>;
  categories(): Promise<readonly CategoryRow[]>;
  brands(): Promise<readonly BrandWithCategories[]>;
  products(): Promise<readonly ProductWithParts[]>;
  /** What is listed, as the simulator has it. */
  listing(): Promise<Listing>;
  told(type: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const PAGE = 1_000;
const { queries } = catalogTables;

export async function openCatalogNode(
  engine: "sqlite" | "postgres",
  { env }: Pick<CatalogSimulator, "env">,
): Promise<CatalogNode> {
  const node = await openParcelNode(engine, { env });
  const query: ParcelNode["system"]["query"] = (_, query, args) => node.system.query(CATALOG_TENANT, query, args);
  const cycles: CatalogNode["cycles"] = (part) => query("", queries.cycles, { part, limit: PAGE });
  const catalog: CatalogNode = {
    get system() {
      return node.system;
    },
    recorder: node.recorder,
    until: node.until,
    restart: node.restart,
    async sync(part) {
      const told = await node.system.tell(catalogAt(part), "sync", {}, onceFor(part));
      let last: CycleRow | undefined;
      await node.until(async () => {
        [last] = await cycles(part);
        if (last === undefined || (told.accepted && last.id !== told.messageId)) return false;
        return last.status !== "running";
      });
      return last!;
    },
    cycles,
    setAside: (part) => query("", queries.setAside, { part, limit: PAGE }),
    categories: async () => (await query("", queries.categories, { limit: PAGE })).found,
    brands: async () => (await query("", queries.brands, { limit: PAGE })).found,
    async products() {
      const all: ProductWithParts[] = [];
      for (;;) {
        const { found } = await query("", queries.products, { limit: PAGE, after: all.at(-1)?.internalId });
        all.push(...found);
        if (found.length < PAGE) return all;
      }
    },
    async listing() {
      const rows = new Map<string, string>();
      const put = (key: string, ...content: readonly unknown[]) => void rows.set(key, JSON.stringify(content));
      for (const one of await catalog.categories()) {
        if (one.status === "active") put(`categories/${one.internalId}`, one.name, one.description);
      }
      for (const one of await catalog.brands()) {
        if (one.status !== "active") continue;
        put(`brands/${one.internalId}`, one.name, one.country, one.currency, one.description, one.logoUrl);
        for (const category of one.categories) put(`links/${one.internalId}/${category}`);
      }
      for (const one of await catalog.products()) {
        const { internalId: id, brandId, name, description, minFaceValue, maxFaceValue, available } = one;
        if (one.status !== "active") continue;
        put(`products/${id}`, brandId, name, description, minFaceValue, maxFaceValue, available);
        for (const { currency, minPrice, maxPrice } of one.prices) put(`prices/${id}/${currency}`, minPrice, maxPrice);
        for (const { name, value } of one.configurations) put(`configurations/${id}/${name}`, value);
      }
      return rows;
    },
    async told(type) {
      const events = await readEvents(node.system, CATALOG_TENANT);
      return events.filter((event) => event.type === type).map(({ data }) => JSON.parse(data));
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
  return catalog;
}

/** A row of the catalogue as a file has it. */
export interface FileRow {
  /** As of {@linkcode Listing}. */
  readonly key: string;
  readonly content: string;
  readonly status: string;
  readonly updatedAt: number;
  readonly updatedBy: number;
}

const TABLES: readonly (readonly [item: string, table: string, keys: number, columns: readonly string[]])[] = [
  ["categories", "catalog_categories", 1, ["internal_id", "name", "description"]],
  ["brands", "catalog_brands", 1, ["internal_id", "name", "country", "currency", "description", "logo_url"]],
  ["links", "catalog_brand_categories", 2, ["brand_id", "category_id"]],
  ["products", "catalog_products", 1, [
    ...["internal_id", "brand_id", "name", "description", "min_face_value", "max_face_value", "available"],
  ]],
  ["prices", "catalog_prices", 2, ["product_id", "currency", "min_price", "max_price"]],
  ["configurations", "catalog_configurations", 2, ["product_id", "name", "value"]],
];

/** Every row of the catalogue, by its key. */
export function fileRows(db: DatabaseSync): ReadonlyMap<string, FileRow> {
  const rows = new Map<string, FileRow>();
  for (const [item, table, keys, columns] of TABLES) {
    const all = db.prepare(`select ${columns.join(", ")}, status, updated_at, updated_by from ${table}`).all();
    for (const { status, updated_at, updated_by, ...row } of all) {
      const values = columns.map((column) => row[column] ?? null);
      const key = [item, ...values.slice(0, keys)].join("/");
      const content = JSON.stringify(values.slice(keys));
      const kept = { status: String(status), updatedAt: Number(updated_at), updatedBy: Number(updated_by) };
      rows.set(key, { key, content, ...kept });
    }
  }
  return rows;
}
