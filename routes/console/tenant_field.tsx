import type { JSX } from "hono/jsx/jsx-runtime";
import type { Visit } from "./visit.ts";

/** Keeps a form's answer with the tenant whose pages these are. */
export function TenantField({ visit }: { visit: Visit }): JSX.Element | null {
  const named = new URLSearchParams(visit.link("").slice(1)).get("tenant");
  return named === null ? null : <input type="hidden" name="tenant" value={named} />;
}
