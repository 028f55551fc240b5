/** What the rows of all items have. Instants are ms since the epoch. */
interface KeptRow {
  tenant: string;
  /** Of its content. */
  hash: string;
  /** `withdrawn`: the catalogue does not list it any more; `announced`: of a category that brands name and no cycle has told of. */
  status: "active" | "withdrawn" | "announced";
  createdAt: number;
  /** When it became what it is. */
  updatedAt: number;
  updatedBy: number;
}

export interface CategoryRow extends KeptRow {
  internalId: string;
  /** Null as long as it is announced. */
  name: string | null;
  description: string | null;
}

export interface BrandRow extends KeptRow {
  internalId: string;
  name: string;
  country: string | null;
  currency: string | null;
  description: string | null;
  logoUrl: string | null;
}

export interface BrandCategoryRow extends KeptRow {
  brandId: string;
  categoryId: string;
}

export interface ProductRow extends KeptRow {
  internalId: string;
  brandId: string;
  name: string;
  description: string | null;
  minFaceValue: number | null;
  maxFaceValue: number | null;
  /** Null: as many as one likes. */
  available: number | null;
}

export interface PriceRow extends KeptRow {
  productId: string;
  currency: string;
  minPrice: number;
  maxPrice: number;
}

export interface ConfigurationRow extends KeptRow {
  productId: string;
  name: string;
  value: string;
}

/** An element of the last answer that was read: who has its text's hash need not be read again. */
export interface SourceRow {
  tenant: string;
  part: Part;
  hash: string;
  /** The internal id; null where it cannot be read. */
  internalId: string | null;
  /** Why it was set aside; null: it was not. */
  reason: string | null;
  seenAt: number;
}

/** Of the two that are asked for, each in turns of its own. */
export type Part = "categories" | "brands";

/** Changes on their way, until one commit makes them true. */
export interface StagedRow {
  tenant: string;
  part: Part;
  item: string;
  seq: number;
  /** A list of lists of values. */
  text: string;
}

/**
 * ```
 * running ──► completed | failed
 *   ▲  └──► delayed ──┐
 *   └─────────────────┘
 * ```
 */
export interface CycleRow {
  tenant: string;
  part: Part;
  /** Of the message: ids grow with time. */
  id: string;
  status: "running" | "delayed" | "completed" | "failed";
  startedAt: number;
  endedAt: number | null;
  /** From the last start on, without delays. */
  durationMs: number | null;
  delayedUntil: number | null;
  /** JSON text; null before it is completed. */
  counts: string | null;
  error: string | null;
  errorClass: string | null;
  /** How often it was begun: one more after each delay, and after each end of a process. */
  starts: number;
}

/** Counts the commits that changed what is listed. */
export interface RevisionRow {
  tenant: string;
  part: Part;
  revision: number;
  changedAt: number;
}

export interface CatalogDatabase {
  catalogCategories: CategoryRow;
  catalogBrands: BrandRow;
  catalogBrandCategories: BrandCategoryRow;
  catalogProducts: ProductRow;
  catalogPrices: PriceRow;
  catalogConfigurations: ConfigurationRow;
  catalogSources: SourceRow;
  catalogStaged: StagedRow;
  catalogCycles: CycleRow;
  catalogRevisions: RevisionRow;
}
