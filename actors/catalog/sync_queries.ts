import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { type BoundQuery, type Declare, engineOf } from "../authoring.ts";
import { type Item, ITEMS, type ItemSpec } from "./items.ts";
import type { CatalogDatabase, Part, SourceRow, StagedRow } from "./rows.ts";

const PAGE_ROWS = 2_000;
const part = z.enum(["categories", "brands"]);
const limit = z.int().min(1).max(PAGE_ROWS);

/** What is known of a row of an item: what its content is compared by, and where it belongs. */
export interface Known {
  /** The parts of its key, in order. */
  readonly key: readonly string[];
  readonly hash: string;
  readonly status: string;
  /** Of a product: its brand. */
  readonly of?: string;
}

type ByIds = BoundQuery<{ ids: string }, readonly Known[]>;

/** What a turn reads of what is there, to find what has changed. Ids travel as a JSON list. */
export type SyncQueries = {
  /** In the order of their hashes. */
  readonly sources: BoundQuery<
    { part: Part; after: string; limit: number },
    readonly Pick<SourceRow, "hash" | "internalId" | "reason">[]
  >;
  /** Ids of what is listed, in order. */
  readonly listed: BoundQuery<{ item: "categories" | "brands"; after: string; limit: number }, readonly string[]>;
  readonly knownCategories: ByIds;
  readonly knownBrands: ByIds;
  /** By the ids of their brands. */
  readonly knownLinks: ByIds;
  /** By their own ids. */
  readonly knownProducts: ByIds;
  /** By the ids of their brands: of those that are listed. */
  readonly productsOf: ByIds;
  /** By the ids of their products. */
  readonly knownPrices: ByIds;
  readonly knownConfigurations: ByIds;
  /** The first that is left. */
  readonly untold: BoundQuery<{ part: Part }, Pick<StagedRow, "seq" | "text"> | null>;
  readonly isAnyCycle: BoundQuery<object, boolean>;
};

export function syncQueries({ query }: Declare<CatalogDatabase>): SyncQueries {
  const known = (item: Item, by: string, more?: { readonly of: string; readonly listed?: true }): ByIds =>
    query(
      z.object({ ids: z.string() }),
      async (db, { tenant, ids }) => await knownBy(db, item, { tenant, ids, by, more }),
    );
  return {
    sources: query(
      z.object({ part, after: z.string(), limit }),
      async (db, { tenant, part, after, limit }) =>
        await db.selectFrom("catalogSources").select(["hash", "internalId", "reason"]).where("tenant", "=", tenant)
          .where("part", "=", part).where("hash", ">", after).orderBy("hash").limit(limit).execute(),
    ),
    listed: query(
      z.object({ item: part, after: z.string(), limit }),
      async (db, { tenant, item, after, limit }): Promise<readonly string[]> => {
        const rows = await db.selectFrom(item === "brands" ? "catalogBrands" : "catalogCategories")
          .select("internalId").where("tenant", "=", tenant).where("status", "=", "active")
          .where("internalId", ">", after).orderBy("internalId").limit(limit).execute();
        return rows.map(({ internalId }) => internalId);
      },
    ),
    knownCategories: known("categories", "internal_id"),
    knownBrands: known("brands", "internal_id"),
    knownLinks: known("links", "brand_id"),
    knownProducts: known("products", "internal_id", { of: "brand_id" }),
    productsOf: known("products", "brand_id", { of: "brand_id", listed: true }),
    knownPrices: known("prices", "product_id"),
    knownConfigurations: known("configurations", "product_id"),
    untold: query(
      z.object({ part }),
      async (db, { tenant, part }) =>
        await db.selectFrom("catalogStaged").select(["seq", "text"]).where("tenant", "=", tenant)
          .where("part", "=", part).where("item", "=", "told").orderBy("seq").limit(1).executeTakeFirst() ?? null,
    ),
    isAnyCycle: query<object, boolean>(
      z.object({}),
      async (db, { tenant }) =>
        await db.selectFrom("catalogCycles").select("id").where("tenant", "=", tenant).limit(1).executeTakeFirst() !==
          undefined,
    ),
  };
}

async function knownBy(
  db: Kysely<CatalogDatabase>,
  item: Item,
  { tenant, ids, by, more }: {
    readonly tenant: string;
    readonly ids: string;
    readonly by: string;
    readonly more: { readonly of: string; readonly listed?: true } | undefined;
  },
): Promise<readonly Known[]> {
  const { table, keys }: ItemSpec = ITEMS[item];
  const columns = [...keys.map((key, index) => `${key} as key${index}`), "hash", "status"];
  if (more !== undefined) columns.push(`${more.of} as owner`);
  const wanted = engineOf(db) === "postgres"
    ? sql`select value from json_array_elements_text(cast(${ids} as json))`
    : sql`select value from json_each(${ids})`;
  const listed = more?.listed ? sql` and status = 'active'` : sql``;
  const { rows } = await sql<Readonly<Record<string, string>>>`select ${sql.raw(columns.join(", "))}
    from ${sql.table(table)} where tenant = ${tenant} and ${sql.raw(by)} in (${wanted})${listed}`.execute(db);
  return rows.map((row) => ({
    key: keys.map((_, index) => row[`key${index}`]!),
    hash: row.hash!,
    status: row.status!,
    ...(row.owner === undefined ? {} : { of: row.owner }),
  }));
}
