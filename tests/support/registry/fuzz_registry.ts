import { registry as product } from "../../../actors/mod.ts";
import { createRegistry, type Registry } from "../../../runtime/authoring.ts";
import { frail } from "./system_families.ts";
import { echo, flaky } from "./system_jobs.ts";
import { tally } from "./system_registry.ts";

/** The product's kinds, and those that the examples of all routes speak to. */
export const registry: Registry = createRegistry([...product.kinds.values(), tally, frail, echo, flaky]);
