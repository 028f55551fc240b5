import type { Supervised } from "./contract.ts";
import type { SupervisionRow } from "./schema.ts";

/** Selects a row for {@linkcode supervisedOf}. */
export const SUPERVISION_COLUMNS = [
  "parentKind",
  "parentKey",
  "restarts",
  "parkedAt",
  "parkReason",
  "parkedBecause",
] as const;

type SelectedSupervision = Pick<SupervisionRow, (typeof SUPERVISION_COLUMNS)[number]>;

export function supervisedOf(row: SelectedSupervision): Supervised {
  const { parentKind, parentKey, restarts, parkedAt, parkReason, parkedBecause } = row;
  return {
    parent: parentKind === null ? null : { kind: parentKind, key: parentKey! },
    restarts: JSON.parse(restarts),
    parked: parkedAt === null ? null : { at: parkedAt, reason: parkReason!, because: parkedBecause },
  };
}
