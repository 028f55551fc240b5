/** JSON text in which the order of an object's members does not show: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => isObject(part) ? sorted(part) : part);
}

function isObject(part: unknown): part is Readonly<Record<string, unknown>> {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}

function sorted(part: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.keys(part).sort().map((name) => [name, part[name]]));
}
