import type { Context } from "../authoring.ts";
import { type Brand, brandValues, productValues } from "./answers.ts";
import type { ToldBrand } from "./compared.ts";
import type { Change } from "./counts.ts";
import { keyText } from "./items.ts";
import { type KnownRows, knownRows, type Stager } from "./stager.ts";
import type { Known } from "./sync_queries.ts";
import { catalogTables } from "./tables.ts";

const { queries } = catalogTables;
const GROUP_PRODUCTS = 1_000;

/** What is known of the rows of some brands. */
export interface KnownBrands {
  readonly brands: KnownRows;
  readonly links: ReadonlyMap<string, readonly Known[]>;
  readonly products: KnownRows;
  /** Listed products by their brand. */
  readonly productsOf: ReadonlyMap<string, readonly Known[]>;
  readonly prices: ReadonlyMap<string, readonly Known[]>;
  readonly configurations: ReadonlyMap<string, readonly Known[]>;
}

/** Compares brands with all that belongs to them, some at a time. A product may move from one brand to another. */
export class BrandGroups {
  readonly #ctx: Context;
  readonly #stager: Stager;
  readonly #unchanged: ReadonlySet<string>;
  /** Products that the answer has in brands that were read, with their brand. */
  readonly #seen = new Map<string, string>();
  /** Products that their brand does not have any more: another may have them. */
  readonly #missing = new Map<string, string>();
  readonly #told = new Map<string, { name: string | null; change: Change; products: Record<Change, number> }>();

  constructor(ctx: Context, stager: Stager, unchanged: ReadonlySet<string>) {
    this.#ctx = ctx;
    this.#stager = stager;
    this.#unchanged = unchanged;
  }

  get told(): readonly ToldBrand[] {
    return [...this.#told].map(([brand, told]) => ({ brand, ...told }));
  }

  async read(brands: readonly Brand[]): Promise<KnownBrands> {
    const products = brands.flatMap((brand) => brand.products.map(({ internalId }) => internalId));
    return await this.#read(brands.map(({ internalId }) => internalId), products);
  }

  /** Why a brand cannot be taken over beside the others; null when it can. */
  conflictOf({ internalId: brandId, products }: Brand, known: KnownBrands): string | null {
    for (const { internalId: id } of products) {
      const before = known.products.get(id);
      const owner = before?.status === "active" && this.#unchanged.has(before.of!) ? before.of! : this.#seen.get(id);
      if (owner !== undefined && owner !== brandId) return `product ${id}: the brand ${owner} has it, too`;
    }
    return null;
  }

  /** Each yield is after a product. */
  *compare(brand: Brand, known: KnownBrands): Generator<void, void> {
    const { internalId: id, name, categories, products } = brand;
    const isNew = known.brands.get(id) === undefined;
    const stager = this.#stager;
    let isOther = stager.compare("brands", brandValues(brand), known.brands);
    const links = known.links.get(id) ?? [];
    const linked = knownRows(links);
    for (const category of categories) isOther = stager.compare("links", [id, category], linked) || isOther;
    const wanted = new Set(categories.map((category) => keyText([id, category])));
    isOther = stager.withdrawOthers("links", links, wanted) > 0 || isOther;
    const counts = { created: 0, updated: 0, withdrawn: 0 };
    for (const product of products) {
      this.#seen.set(product.internalId, id);
      const change = this.#compareProduct(product, id, known);
      if (change !== null) counts[change]++;
      yield;
    }
    for (const { key: [product] } of known.productsOf.get(id) ?? []) {
      if (this.#seen.get(product!) !== id) this.#missing.set(product!, id);
    }
    if (!isOther && counts.created + counts.updated === 0) return;
    this.#told.set(id, { name, change: isNew ? "created" : "updated", products: counts });
  }

  /** Brands that are listed no more, with all that is theirs. Each yield is after one of them. */
  async *withdraw(ids: readonly string[]): AsyncGenerator<void, void> {
    const known = await this.#read(ids, []);
    for (const id of ids) {
      this.#stager.withdraw("brands", [id]);
      this.#stager.withdrawOthers("links", known.links.get(id) ?? [], new Set());
      for (const { key: [product] } of known.productsOf.get(id) ?? []) this.#missing.set(product!, id);
      this.#told.set(id, {
        name: null,
        change: "withdrawn",
        products: { created: 0, updated: 0, withdrawn: 0 },
      });
      yield;
    }
  }

  /** Those that no brand has any more. Each yield is after one of them. */
  async *withdrawProducts(): AsyncGenerator<void, void> {
    const gone = [...this.#missing].filter(([id]) => !this.#seen.has(id));
    for (let at = 0; at < gone.length; at += GROUP_PRODUCTS) {
      const group = gone.slice(at, at + GROUP_PRODUCTS);
      const { prices, configurations } = await this.#readParts(group.map(([id]) => id));
      for (const [id, brand] of group) {
        this.#stager.withdraw("products", [id]);
        this.#stager.withdrawOthers("prices", prices.get(id) ?? [], new Set());
        this.#stager.withdrawOthers("configurations", configurations.get(id) ?? [], new Set());
        const counts = { created: 0, updated: 0, withdrawn: 0 };
        const told = this.#told.get(brand) ?? { name: null, change: "updated" as const, products: counts };
        told.products.withdrawn++;
        this.#told.set(brand, told);
        yield;
      }
    }
  }

  #compareProduct(product: Brand["products"][number], brandId: string, known: KnownBrands): Change | null {
    const { internalId: id, prices, configurations } = product;
    const stager = this.#stager;
    let isOther = stager.compare("products", productValues(product, brandId), known.products);
    const priced = known.prices.get(id) ?? [];
    const pricedRows = knownRows(priced);
    for (const { currency, min, max } of prices) {
      isOther = stager.compare("prices", [id, currency, min, max], pricedRows) || isOther;
    }
    const currencies = new Set(prices.map(({ currency }) => keyText([id, currency])));
    isOther = stager.withdrawOthers("prices", priced, currencies) > 0 || isOther;
    const configured = known.configurations.get(id) ?? [];
    const configuredRows = knownRows(configured);
    for (const { name, value } of configurations) {
      isOther = stager.compare("configurations", [id, name, value], configuredRows) || isOther;
    }
    const names = new Set(configurations.map(({ name }) => keyText([id, name])));
    isOther = stager.withdrawOthers("configurations", configured, names) > 0 || isOther;
    return !isOther ? null : known.products.has(id) ? "updated" : "created";
  }

  async #read(brandIds: readonly string[], productIds: readonly string[]): Promise<KnownBrands> {
    const ids = JSON.stringify(brandIds);
    const ctx = this.#ctx;
    const [brands, links, listed, products] = await Promise.all([
      ctx.query(queries.knownBrands, { ids }),
      ctx.query(queries.knownLinks, { ids }),
      ctx.query(queries.productsOf, { ids }),
      ctx.query(queries.knownProducts, { ids: JSON.stringify(productIds) }),
    ]);
    return {
      brands: knownRows(brands),
      links: byOwner(links),
      products: knownRows(products),
      productsOf: Map.groupBy(listed, ({ of }) => of!),
      ...await this.#readParts(products.map(({ key: [id] }) => id!)),
    };
  }

  async #readParts(productIds: readonly string[]): Promise<Pick<KnownBrands, "prices" | "configurations">> {
    const ids = JSON.stringify(productIds);
    const [prices, configurations] = await Promise.all([
      this.#ctx.query(queries.knownPrices, { ids }),
      this.#ctx.query(queries.knownConfigurations, { ids }),
    ]);
    return { prices: byOwner(prices), configurations: byOwner(configurations) };
  }
}

/** By the first part of their key. */
function byOwner(rows: readonly Known[]): ReadonlyMap<string, readonly Known[]> {
  return Map.groupBy(rows, ({ key: [owner] }) => owner!);
}
