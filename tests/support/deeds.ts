import type { Deed } from "../../runtime/system/contract.ts";

/** Of one who leaves no rows. */
export function deedOf(by: string): Deed {
  return { by, rows: [] };
}
