/*
 * Arrays as Postgres reads them: one argument holds a column of many rows, which `unnest` takes apart. The driver would
 * write them as well, but looks at each value several times.
 */

/** For `text[]`. */
export function texts(values: readonly (string | null)[]): string {
  let array = "{";
  for (const value of values) {
    if (array.length > 1) array += ",";
    array += value === null ? "NULL" : `"${SPECIAL.test(value) ? value.replace(EACH_SPECIAL, "\\$&") : value}"`;
  }
  return array + "}";
}

/** For `bigint[]` and `integer[]`. */
export function integers(values: readonly (number | null)[]): string {
  let array = "{";
  for (const value of values) {
    if (array.length > 1) array += ",";
    array += value ?? "NULL";
  }
  return array + "}";
}

const SPECIAL = /["\\]/;
const EACH_SPECIAL = /["\\]/g;

/** The columns that name actors, as arguments for `$from::text[]` and the two that follow. */
export function addressColumns(addresses: readonly { tenant: string; kind: string; key: string }[]): string[] {
  return [
    texts(addresses.map(({ tenant }) => tenant)),
    texts(addresses.map(({ kind }) => kind)),
    texts(addresses.map(({ key }) => key)),
  ];
}

/** The columns that name messages: those of their actors, then `$from+3::bigint[]` and the next. */
export function refColumns(
  refs: readonly { tenant: string; kind: string; key: string; dueAt: number; seq: number }[],
): string[] {
  return [...addressColumns(refs), integers(refs.map(({ dueAt }) => dueAt)), integers(refs.map(({ seq }) => seq))];
}
