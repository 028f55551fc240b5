import { createRegistry, type Registry } from "../../../runtime/authoring.ts";

/** A program that knows no tables: older than any that does. */
export const registry: Registry = createRegistry([]);
