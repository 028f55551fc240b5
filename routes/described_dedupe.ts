import type { DeclaredRoute } from "./access/create_route.ts";

/** The route as the OpenAPI document tells it, with what it declares of identical requests: `x-dedupe-ms` and the header. */
export function describedDedupe({ dedupe, ...route }: DeclaredRoute): DeclaredRoute {
  if (dedupe === undefined) return route;
  const responses = Object.entries(route.responses).map(([status, response]) =>
    [
      status,
      status.startsWith("2") && "description" in response ? { ...response, headers: HEADERS } : response,
    ] as const
  );
  return { ...route, "x-dedupe-ms": dedupe.windowMs, responses: Object.fromEntries(responses) };
}

const HEADERS = {
  "X-Deduplicated": {
    description: "`true`: an identical request was answered so, at the same time or since the tenant's last change",
    schema: { type: "string" as const, enum: ["true"] },
  },
};
