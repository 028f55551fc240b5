import type { KindNames } from "./names.ts";

const SERVER = "http://127.0.0.1:8000";

/** What somebody does who has a new kind now. */
export function nextSteps({ shape, kind, variable, source, test }: KindNames, registry: string): string {
  const calls = shape === "job"
    ? [post("/api/jobs", { type: kind, payload: { name: "Ada" } }), get(`/api/jobs?type=${kind}&limit=1`)]
    : [post(`/api/actors/${kind}/first/add`, { by: 1 }), get(`/api/actors/${kind}/first/count`)];
  return [
    `Written:  ${source}, which is yours to change`,
    `          ${test}`,
    `Changed:  ${registry}, which lists ${variable} now`,
    "",
    "Its test:",
    `  deno test -A --config tests/deno.json ${test}`,
    "Run it, with a server that starts again on every change:",
    "  deno task dev",
    ...calls.map((call) => `  ${call}`),
    "What every commit passes:",
    "  deno task ok",
  ].join("\n");
}

function post(path: string, body: unknown): string {
  return `curl -s ${SERVER}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}

function get(path: string): string {
  return `curl -s '${SERVER}${path}'`;
}
