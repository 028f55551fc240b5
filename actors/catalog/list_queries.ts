import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import type {
  BrandRow,
  CatalogDatabase,
  CategoryRow,
  ConfigurationRow,
  CycleRow,
  Part,
  PriceRow,
  ProductRow,
  SourceRow,
} from "./rows.ts";

const PAGE_ROWS = 1_000;
const limit = z.int().min(1).max(PAGE_ROWS);
const status = z.enum(["active", "withdrawn", "announced"]).optional();
const part = z.enum(["categories", "brands"]);
const after = z.string().optional();

interface Page {
  /** What the page before ended with. */
  readonly after?: string | undefined;
  readonly limit: number;
}

interface ItemsPage extends Page {
  readonly status?: CategoryRow["status"] | undefined;
  /** Changed at this instant or after it; ms since the epoch. */
  readonly changedSince?: number | undefined;
}

export interface BrandsPage extends ItemsPage {
  readonly category?: string | undefined;
  readonly country?: string | undefined;
  readonly currency?: string | undefined;
}

export interface ProductsPage extends ItemsPage {
  readonly brand?: string | undefined;
}

export type BrandWithCategories = BrandRow & { readonly categories: readonly string[] };
export type ProductWithParts = ProductRow & {
  readonly prices: readonly PriceRow[];
  readonly configurations: readonly ConfigurationRow[];
};

/** With the revision that it is at least of: what was committed meanwhile may be seen, too. */
export interface Seen<What> {
  readonly revision: number;
  readonly found: What;
}

/** What people read of the catalogue: in the order of the internal ids. */
export type ListQueries = {
  readonly categories: BoundQuery<ItemsPage, Seen<readonly CategoryRow[]>>;
  readonly brands: BoundQuery<BrandsPage, Seen<readonly BrandWithCategories[]>>;
  readonly brand: BoundQuery<{ id: string }, Seen<BrandWithCategories | null>>;
  readonly products: BoundQuery<ProductsPage, Seen<readonly ProductWithParts[]>>;
  /** Newest first; `after` is the id that the page before ended with. */
  readonly cycles: BoundQuery<
    Page & { readonly part: Part; readonly status?: CycleRow["status"] | undefined },
    readonly CycleRow[]
  >;
  /** In the order of the hashes of their texts. */
  readonly setAside: BoundQuery<Page & { readonly part: Part }, readonly SourceRow[]>;
  /** 0 before anything was listed. */
  readonly revision: BoundQuery<{ part: Part }, number>;
};

export function listQueries({ query }: Declare<CatalogDatabase>): ListQueries {
  const items = { after, limit, status, changedSince: z.int().optional() };
  return {
    categories: query<ItemsPage, Seen<readonly CategoryRow[]>>(
      z.object(items),
      async (db, { tenant, ...page }) => {
        const revision = await revisionOf(db, tenant, "categories");
        let rows = db.selectFrom("catalogCategories").selectAll().where("tenant", "=", tenant)
          .orderBy("internalId").limit(page.limit);
        if (page.after !== undefined) rows = rows.where("internalId", ">", page.after);
        if (page.status !== undefined) rows = rows.where("status", "=", page.status);
        if (page.changedSince !== undefined) rows = rows.where("updatedAt", ">=", page.changedSince);
        return { revision, found: await rows.execute() };
      },
    ),
    brands: query<BrandsPage, Seen<readonly BrandWithCategories[]>>(
      z.object({
        ...items,
        category: z.string().optional(),
        country: z.string().optional(),
        currency: z.string().optional(),
      }),
      async (db, { tenant, ...page }) => {
        const revision = await revisionOf(db, tenant, "brands");
        return { revision, found: await withCategories(db, tenant, await brands(db, tenant, page)) };
      },
    ),
    brand: query<{ id: string }, Seen<BrandWithCategories | null>>(z.object({ id: z.string() }), async (
      db,
      { tenant, id },
    ) => {
      const revision = await revisionOf(db, tenant, "brands");
      const rows = await db.selectFrom("catalogBrands").selectAll().where("tenant", "=", tenant)
        .where("internalId", "=", id).execute();
      return { revision, found: (await withCategories(db, tenant, rows))[0] ?? null };
    }),
    products: query<ProductsPage, Seen<readonly ProductWithParts[]>>(
      z.object({ ...items, brand: z.string().optional() }),
      async (db, { tenant, ...page }) => {
        const revision = await revisionOf(db, tenant, "brands");
        let rows = db.selectFrom("catalogProducts").selectAll().where("tenant", "=", tenant)
          .orderBy("internalId").limit(page.limit);
        if (page.brand !== undefined) rows = rows.where("brandId", "=", page.brand);
        if (page.after !== undefined) rows = rows.where("internalId", ">", page.after);
        if (page.status !== undefined) rows = rows.where("status", "=", page.status);
        if (page.changedSince !== undefined) rows = rows.where("updatedAt", ">=", page.changedSince);
        return { revision, found: await withParts(db, tenant, await rows.execute()) };
      },
    ),
    cycles: query<
      Page & { readonly part: Part; readonly status?: CycleRow["status"] | undefined },
      readonly CycleRow[]
    >(
      z.object({ after, limit, part, status: z.enum(["running", "delayed", "completed", "failed"]).optional() }),
      async (db, { tenant, part, status, after, limit }) => {
        let rows = db.selectFrom("catalogCycles").selectAll().where("tenant", "=", tenant).where("part", "=", part)
          .orderBy("id", "desc").limit(limit);
        if (after !== undefined) rows = rows.where("id", "<", after);
        return await (status === undefined ? rows : rows.where("status", "=", status)).execute();
      },
    ),
    setAside: query(
      z.object({ after, limit, part }),
      async (db, { tenant, part, after, limit }): Promise<readonly SourceRow[]> => {
        const rows = db.selectFrom("catalogSources").selectAll().where("tenant", "=", tenant).where("part", "=", part)
          .where(sql<boolean>`reason is not null`).orderBy("hash").limit(limit);
        return await (after === undefined ? rows : rows.where("hash", ">", after)).execute();
      },
    ),
    revision: query(z.object({ part }), async (db, { tenant, part }) => await revisionOf(db, tenant, part)),
  };
}

async function revisionOf(db: Kysely<CatalogDatabase>, tenant: string, part: Part): Promise<number> {
  const row = await db.selectFrom("catalogRevisions").select("revision").where("tenant", "=", tenant)
    .where("part", "=", part).executeTakeFirst();
  return row?.revision ?? 0;
}

async function brands(
  db: Kysely<CatalogDatabase>,
  tenant: string,
  { after, limit, status, changedSince, category, country, currency }: BrandsPage,
): Promise<readonly BrandRow[]> {
  let rows = db.selectFrom("catalogBrands").selectAll("catalogBrands").where("catalogBrands.tenant", "=", tenant)
    .orderBy("internalId").limit(limit);
  if (after !== undefined) rows = rows.where("internalId", ">", after);
  if (status !== undefined) rows = rows.where("status", "=", status);
  if (changedSince !== undefined) rows = rows.where("updatedAt", ">=", changedSince);
  if (country !== undefined) rows = rows.where("country", "=", country);
  if (currency !== undefined) rows = rows.where("currency", "=", currency);
  if (category !== undefined) {
    rows = rows.where(
      "internalId",
      "in",
      (from) =>
        from.selectFrom("catalogBrandCategories").select("brandId").where("tenant", "=", tenant)
          .where("categoryId", "=", category).where("status", "=", "active"),
    );
  }
  return await rows.execute();
}

async function withCategories(
  db: Kysely<CatalogDatabase>,
  tenant: string,
  brands: readonly BrandRow[],
): Promise<readonly BrandWithCategories[]> {
  if (brands.length === 0) return [];
  const links = await db.selectFrom("catalogBrandCategories").select(["brandId", "categoryId"])
    .where("tenant", "=", tenant).where("status", "=", "active")
    .where("brandId", "in", idsIn(brands)).orderBy("categoryId").execute();
  const byBrand = Map.groupBy(links, ({ brandId }) => brandId);
  return brands.map((brand) => ({
    ...brand,
    categories: (byBrand.get(brand.internalId) ?? []).map(({ categoryId }) => categoryId),
  }));
}

async function withParts(
  db: Kysely<CatalogDatabase>,
  tenant: string,
  products: readonly ProductRow[],
): Promise<readonly ProductWithParts[]> {
  if (products.length === 0) return [];
  const ids = idsIn(products);
  const prices = await db.selectFrom("catalogPrices").selectAll().where("tenant", "=", tenant)
    .where("status", "=", "active").where("productId", "in", ids).orderBy("currency").execute();
  const configurations = await db.selectFrom("catalogConfigurations").selectAll().where("tenant", "=", tenant)
    .where("status", "=", "active").where("productId", "in", ids).orderBy("name").execute();
  const [pricesOf, configurationsOf] = [
    Map.groupBy(prices, ({ productId }) => productId),
    Map.groupBy(configurations, ({ productId }) => productId),
  ];
  return products.map((product) => ({
    ...product,
    prices: pricesOf.get(product.internalId) ?? [],
    configurations: configurationsOf.get(product.internalId) ?? [],
  }));
}

/** Of a page. */
function idsIn(rows: readonly { readonly internalId: string }[]): RawBuilder<string> {
  return sql`(${sql.join(rows.map(({ internalId }) => internalId))})`;
}
