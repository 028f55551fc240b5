import type { Part } from "../rows.ts";

/**
 * A card catalogue made up from a seed, on a real port: `GET {urlV2}/categories` and `GET {urlV1}/catalog`, for who shows its
 * user and password. It counts calls in sliding windows, refuses those beyond its limits, and says until when.
 */
export interface CatalogSimulator extends AsyncDisposable {
  /** What CATALOG_BASE_URL_V1 and CATALOG_BASE_URL_V2 are set to. */
  readonly urlV1: string;
  readonly urlV2: string;
  readonly user: string;
  readonly password: string;
  /** All of it, as settings of a server. */
  readonly env: Readonly<Record<string, string>>;
  /** Newest last, at most 100,000. */
  readonly calls: readonly CatalogCall[];
  /** Changes so many of its items from now on, one after the other: contents, prices, links, items that come and that go. */
  change(count: number): void;
  /** The names of so many products, spread over all brands. */
  changeProducts(count: number): void;
  /** Of a whole answer of brands. */
  readonly answerBytes: number;
  /** What a reader must have of it, by the rows' keys: see {@linkcode Listing}. */
  listing(): Listing;
  /** From now on. */
  setFaults(faults: CatalogFaults): void;
  /** Both parts: the next call is answered so, once, in the order in which they were asked for. */
  answerNext(part: Part, answer: CannedAnswer): void;
  /** Refuses connections until `start`, at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface CatalogOptions {
  readonly seed: number;
  /** 20 by default. */
  readonly brands?: number;
  /** Of each brand; 10 by default. */
  readonly productsOfBrand?: number;
  /** 8 by default. */
  readonly categories?: number;
  /** Characters of each product's description; 40 by default. */
  readonly descriptionChars?: number;
  /** The hour of its limits; by default one. */
  readonly windowMs?: number;
  /** Calls of each window; 10 and 2 by default. */
  readonly limits?: Readonly<Record<Part, number>>;
  readonly faults?: CatalogFaults;
  /** A free one by default. */
  readonly port?: number;
  /** After so long a hanging call is ended without an answer; never by default. */
  readonly hangMs?: number;
  /** Of a `limited` fault: the longest that it asks to wait; 2 s by default. */
  readonly mostWaitMs?: number;
}

/** How many of 1,000 calls meet each; 0 where it is not named. */
export interface CatalogFaults {
  readonly serverError?: number;
  /** 429, with Retry-After or in words. */
  readonly limited?: number;
  readonly hang?: number;
  readonly reset?: number;
  readonly truncated?: number;
  readonly html?: number;
  /** A brand is told that nobody can read, beside all others. */
  readonly malformed?: number;
}

export interface CatalogCall {
  /** Ms since the epoch. */
  readonly at: number;
  readonly part: Part;
  readonly status: number;
  readonly fault: keyof CatalogFaults | null;
  /** Beyond its limit. */
  readonly isExcess: boolean;
  /** It came before the instant that an earlier answer, which had been sent whole by `askedAt`, asked to wait for. */
  readonly early: { readonly askedAt: number; readonly askedUntil: number } | null;
  /** How often `change` had been called. */
  readonly version: number;
}

export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is listed: contents by key, such as `price/p7/EUR`; the keys begin with the names of the items. */
export type Listing = ReadonlyMap<string, string>;
