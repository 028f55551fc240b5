import { z } from "@hono/zod-openapi";
import type { JobRow } from "../actors/job/rows.ts";
import { jobTables } from "../actors/job/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";

export const ULID: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The `{id}` of a job's path; one that is no ULID answers 404 like any other unknown job. */
export const jobParams = z.object({
  id: z.string().regex(ULID).openapi({ description: "Of the job", example: "01JD9ZK5T3M6X8QV2N4B7C1RSW" }),
});

/** @throws {RuntimeError} `not-found`, the same for a job that never was and for another tenant's */
export async function jobOf(system: System, tenant: string, id: string): Promise<JobRow> {
  const row = await system.point(tenant, jobTables.queries.byId, { id });
  if (row === null) throw noJob();
  return row;
}

export function noJob(): RuntimeError {
  return new RuntimeError("not-found", "There is no such job");
}
