import type { Context } from "hono";
import type { z } from "zod";
import { InvalidError, RuntimeError } from "../runtime/mod.ts";
import type { AppEnv } from "./env.ts";
import { invalid } from "./problem.ts";

type Checked =
  & { readonly target: string }
  & ({ readonly success: true; readonly data: unknown } | { readonly success: false; readonly error: z.ZodError });

const WHERE: Readonly<Record<string, string>> = { json: "The body", query: "The query string", header: "The headers" };

/** Answers what a route's schemas refuse. A path that cannot be an address is like any other unknown one. */
export function refuseInvalid(checked: Checked, _: Context<AppEnv>): void {
  if (checked.success) return;
  if (checked.target === "param") throw new RuntimeError("not-found", "There is nothing at this address");
  const what = `${WHERE[checked.target] ?? "The request"} is invalid`;
  throw invalid(what, new InvalidError(what, checked.error).faults);
}
