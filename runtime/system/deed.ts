import type { Deed } from "./contract.ts";

/** Of what no person and no turn asks for. */
export const OWN_DEED: Deed = { by: "system", rows: [] };
