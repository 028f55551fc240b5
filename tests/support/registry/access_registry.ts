import { importJob } from "../../../actors/import/import_job.ts";
import { createRegistry, type Registry } from "../../../runtime/authoring.ts";
import { frail } from "./system_families.ts";
import { echo, flaky, patient } from "./system_jobs.ts";
import { tally } from "./system_registry.ts";

/** A kind for every thing that a route leads to; the one that is paused is none of those that run. */
export const registry: Registry = createRegistry([tally, frail, echo, flaky, patient, importJob]);
