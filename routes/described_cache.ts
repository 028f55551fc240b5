import type { DeclaredRoute } from "./access/create_route.ts";

/** The route as the OpenAPI document tells it, with what it declares of kept answers: `x-cache-ms` and the headers. */
export function describedCache({ cache, ...route }: DeclaredRoute): DeclaredRoute {
  if (cache === undefined) return route;
  const responses = Object.entries(route.responses).map(([status, response]) =>
    [
      status,
      status === "200" && "description" in response ? { ...response, headers: HEADERS } : response,
    ] as const
  );
  return { ...route, "x-cache-ms": cache.maxAgeMs, responses: Object.fromEntries(responses) };
}

const HEADERS = {
  "ETag": {
    description: "Of these very bytes: for `If-None-Match`, and `If-Match` of a change",
    schema: { type: "string" as const },
  },
  "X-Cache": {
    description: "`hit`: it was made before, and nothing has changed since",
    schema: { type: "string" as const, enum: ["hit", "miss"] },
  },
};
