import type { Part } from "../../actors/catalog/rows.ts";
import type { CatalogCall, CatalogSimulator } from "../../actors/catalog/simulator/contract.ts";
import { openFile } from "../e2e/torture_load.ts";
import { apiOf, until } from "./api.ts";
import { fileRows } from "./catalog_node.ts";
import type { RunningServer } from "./running_server.ts";

// deno-lint-ignore no-explicit-any -- JSON of the shape that the route declares
export type Json = any;

/** The shortest hour that there is: a cycle of brands every half second is within its limit. */
export const SHORT_HOUR = { windowMs: 1_000, limits: { categories: 100, brands: 2 } };
/** Only who asks begins a cycle, after the first one. */
export const RARELY = { CATALOG_EVERY_MS: "86400000" };

/** Those of one part. */
export function callsOf({ calls }: CatalogSimulator, part: Part): readonly CatalogCall[] {
  return calls.filter((call) => call.part === part);
}

/** Until the tables are what the catalogue lists now. */
export async function inStep(server: RunningServer, simulator: CatalogSimulator): Promise<void> {
  await until("the tables are what is listed", () => {
    using db = openFile(server);
    const active = [...fileRows(db).values()].filter(({ status }) => status === "active");
    const listing = simulator.listing();
    const isSame = active.length === listing.size &&
      active.every(({ key, content }) => listing.get(key) === content);
    return Promise.resolve(isSame || undefined);
  });
}

/** The newest cycle of categories and of brands. */
export async function lastCycles(server: RunningServer): Promise<readonly Json[]> {
  const { categories, brands } = await (await apiOf(server).send("GET", "/api/catalog")).json();
  return [categories.lastCycle, brands.lastCycle];
}

/** Asks for a cycle of both parts and answers how they ended, or that they are delayed. */
export async function syncNow(server: RunningServer): Promise<readonly Json[]> {
  const before = await lastCycles(server);
  await (await apiOf(server).send("POST", "/api/catalog/sync")).body?.cancel();
  return await until("both have ended", async () => {
    const cycles = await lastCycles(server);
    const isOver = cycles.every(({ id, status }, index) => id !== before[index]?.id && status !== "running");
    return isOver ? cycles : undefined;
  });
}
