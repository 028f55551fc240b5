import type { Hint, LaneName } from "../contract.ts";

/** As much of everything as the parts of a hint can say. */
export const EVERYTHING: Hint = { all: true, wishes: true, control: true, dueAt: 0, rows: [null] };

/** Postgres takes less than 8,000 bytes. */
const MOST_BYTES = 7_900;

const encoder = new TextEncoder();

/** Both in one. */
export function mergeHints(one: Hint, other: Hint): Hint {
  const lanes = unique([...one.lanes ?? [], ...other.lanes ?? []], ({ tenant, kind }: LaneName) => `${tenant}/${kind}`);
  const tenants = unique([...one.tenants ?? [], ...other.tenants ?? []], (tenant) => tenant);
  const rows = unique([...one.rows ?? [], ...other.rows ?? []], (tenant) => tenant ?? "");
  const dueAt = Math.min(one.dueAt ?? Infinity, other.dueAt ?? Infinity);
  return {
    ...(one.all || other.all ? { all: true } : {}),
    ...(lanes.length === 0 ? {} : { lanes }),
    ...(tenants.length === 0 ? {} : { tenants }),
    ...(one.idle || other.idle ? { idle: true } : {}),
    ...(one.wishes || other.wishes ? { wishes: true } : {}),
    ...(one.control || other.control ? { control: true } : {}),
    ...(dueAt === Infinity ? {} : { dueAt }),
    ...(rows.length === 0 ? {} : { rows }),
  };
}

/** What is notified: the hint, or, where that is too long, that everything may have changed. */
export function hintText(generation: number, hint: Hint): string {
  const text = JSON.stringify([generation, hint]);
  return encoder.encode(text).length <= MOST_BYTES ? text : JSON.stringify([generation, EVERYTHING]);
}

/** What was notified, by whom; null when it was not by a node of this program. */
export function readHint(text: string): { readonly generation: number; readonly hint: Hint } | null {
  try {
    const [generation, hint] = JSON.parse(text) as [number, Hint | null];
    return typeof generation === "number" && typeof hint === "object" && hint !== null ? { generation, hint } : null;
  } catch {
    return null;
  }
}

function unique<T>(values: readonly T[], nameOf: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [nameOf(value), value])).values()];
}
