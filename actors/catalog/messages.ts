import { z } from "zod";
import type { Ref } from "../authoring.ts";
import type { Part } from "./rows.ts";

/** To the catalogue's actors: `main` begins cycles, `categories` and `brands` each read their part. */
export const catalogMessages = {
  /** Read both parts. */
  cycle: z.object({}),
  /** Read this part. */
  sync: z.object({}),
};

const counts = z.record(z.string(), z.object({ created: z.int(), updated: z.int(), withdrawn: z.int() }));

/** Of a part: the cycle whose changes are committed, and of which some brands are still to be told. */
export const catalogState = z.object({
  telling: z.object({
    id: z.string(),
    startedAt: z.int(),
    counts,
    listed: z.int(),
    setAside: z.int(),
  }).nullable(),
});

export type CatalogState = z.output<typeof catalogState>;
export type Telling = NonNullable<CatalogState["telling"]>;

/** The catalogue belongs to no tenant: all of them read it. */
export const CATALOG_TENANT = "system";
export const PARTS: readonly Part[] = ["categories", "brands"];

/** While one is waiting or running, a second one would ask for the same. */
export function onceFor(part: Part | "main"): { readonly dedupeKey: string } {
  return { dedupeKey: `catalog-${part}` };
}

export function catalogAt(key: Part | "main"): Ref<typeof catalogMessages> {
  return { tenant: CATALOG_TENANT, kind: "catalog", key };
}
