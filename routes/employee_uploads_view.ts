import { z } from "@hono/zod-openapi";
import type { UploadRow } from "../actors/employee_upload/rows.ts";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { RuntimeError, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const EXAMPLE = "01JD9ZK5T3M6X8QV2N4B7C1RSW";

/** One that cannot be one answers 404 like any other unknown upload. */
export const uploadParams = z.object({
  id: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/).openapi({ description: "Of the upload", example: EXAMPLE }),
});

const count = z.number().int();
const instant = z.iso.datetime();

/** An upload as it reads on the wire. */
export const uploadView = z.object({
  id: z.string().openapi({ description: "A ULID", example: EXAMPLE }),
  status: z.enum(["staged", "processing", "completed", "failed", "cancelled"]).openapi({
    description:
      "The last three are final. `failed`: its processing was given up, which a rejected row is no reason for",
  }),
  sizeBytes: count.openapi({ description: "Of the file" }),
  columns: z.array(z.string()).openapi({ description: "As its header names them" }),
  staged: count.openapi({ description: "Rows that the file has, but for its header" }),
  processed: count.openapi({ description: "Rows that were looked at: in the end all" }),
  accepted: count.openapi({ description: "Rows of which employees were made or changed" }),
  rejected: count.openapi({ description: "Rows that were not: `GET …/rejected` says why" }),
  error: z.string().nullable().openapi({ description: "Why it failed" }),
  createdBy: z.string().openapi({ description: "Who uploaded it: a subject" }),
  createdAt: instant.openapi({ description: "When its first rows came" }),
  stagedAt: instant.openapi({ description: "When it was whole" }),
  finishedAt: instant.nullable().openapi({ description: "When it came to its end" }),
}).openapi("EmployeeUpload");

export type UploadView = z.infer<typeof uploadView>;

/** @throws {RuntimeError} `not-found` where the installation has no such kind */
export function mustTakeEmployees({ registry }: Pick<System, "registry">): void {
  if (!registry.kinds.has("employee-upload")) {
    throw new RuntimeError("not-found", "This installation takes no employees");
  }
}

/** One that has come whole. @throws {RuntimeError} `not-found` */
export async function uploadOf(system: System, tenant: string, id: string): Promise<UploadRow> {
  mustTakeEmployees(system);
  const row = await system.point(tenant, employeeTables.queries.upload, { id });
  if (row === null || row.status === "uploading") throw new RuntimeError("not-found", "There is no such upload");
  return row;
}

export function viewOfUpload(row: UploadRow): UploadView {
  const { id, sizeBytes, staged, accepted, rejected, error, createdBy, createdAt, stagedAt, finishedAt } = row;
  return {
    id,
    status: row.status as UploadView["status"],
    sizeBytes,
    columns: columnsOf(row),
    staged,
    processed: accepted + rejected,
    accepted,
    rejected,
    error,
    createdBy,
    createdAt: iso(createdAt),
    stagedAt: iso(stagedAt ?? createdAt),
    finishedAt: finishedAt === null ? null : iso(finishedAt),
  };
}

/** As the header names them. */
export function columnsOf({ header }: Pick<UploadRow, "header">): string[] {
  return JSON.parse(header ?? "[]");
}
