import type { StoreReads } from "../store/contract.ts";
import type { System } from "./contract.ts";

/** Declared queries, for people to look at. */
export function createReading(read: StoreReads): Pick<System, "query" | "point"> {
  return {
    async query(tenant, { tables, name }, args) {
      return JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args), mayLag: true }));
    },
    point: (tenant, { tables, name }, args) => read.point({ tenant, tables, query: name, args }) as Promise<never>,
  };
}
