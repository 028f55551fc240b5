import { type Clock, every } from "../../runtime/core/clock.ts";
import type { CatalogFaults } from "../catalog/simulator/contract.ts";
import { openCatalogSimulator } from "../catalog/simulator/simulator.ts";
import type { DemoPart } from "./part.ts";

const SEED = 30;
const BRANDS = 40;
/** Instead of an hour and half an hour, so that it can be watched. */
const WINDOW_MS = 30_000;
const SYNC_EVERY_MS = 15_000;
const CHANGE_EVERY_MS = 2_000;
const HANG_MS = 5_000;
/** These go well, so that there is something to see: each part is read for the first time. */
const CALLS_AT_FIRST = 2;
const MILD: CatalogFaults = { serverError: 20, limited: 60, truncated: 20, html: 10, malformed: 200 };

/** A card catalogue that changes all the time, and that is kept in step within its limits. */
export async function openCatalogue(clock: Clock): Promise<DemoPart> {
  const catalogue = await openCatalogSimulator({
    ...{ seed: SEED, brands: BRANDS, windowMs: WINDOW_MS, hangMs: HANG_MS },
  }, { clock });
  const cancel = every(clock, CHANGE_EVERY_MS, () => {
    catalogue.change(1);
    if (catalogue.calls.length >= CALLS_AT_FIRST) catalogue.setFaults(MILD);
  });
  return {
    env: { ...catalogue.env, CATALOG_EVERY_MS: String(SYNC_EVERY_MS) },
    begin: () => Promise.resolve(new AsyncDisposableStack()),
    lines: (url) => [
      `The card catalogue, which all tenants have: curl -s '${url}/api/catalog/brands?limit=3'`,
      `How it is kept in step: curl -s '${url}/api/catalog/cycles?limit=3'`,
    ],
    async [Symbol.asyncDispose]() {
      cancel();
      await catalogue[Symbol.asyncDispose]();
    },
  };
}
