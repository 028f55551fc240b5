import { z } from "@hono/zod-openapi";
import { type BatchRow, batchTables, RuntimeError, statusOf, type System } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

export const BATCH_ID: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}(\.[a-z0-9-]{1,60})?$/;

/** The `{id}` of a batch's path; one that cannot be one answers 404 like any other unknown batch. */
export const batchParams = z.object({
  id: z.string().regex(BATCH_ID).openapi({
    description: "Of the batch",
    example: "01JD9ZK5T3M6X8QV2N4B7C1RSW.children",
  }),
});

const count = z.number().int();
const instant = z.iso.datetime();

/** A batch as it reads in a list. */
export const batchSummary = z.object({
  id: z.string().openapi({ description: "Of the message that has begun it, and its name" }),
  name: z.string().openapi({ description: "Of several that one message has begun", example: "children" }),
  parent: z.object({ kind: z.string(), key: z.string() }).nullable().openapi({
    description: "The actor that has spawned it; null where somebody has submitted it",
  }),
  parentBatchId: z.string().nullable().openapi({ description: "In which the one who spawned it is counted" }),
  status: z.enum(["running", "completed", "failed", "cancelled"]).openapi({
    description:
      "`failed`: all have ended, and some were given up; `cancelled`: all have ended, since somebody wished so",
  }),
  counts: z.object({
    total: count.openapi({ description: "So far: while the parent runs there may come more" }),
    open: count.openapi({ description: "Not ended" }),
    succeeded: count,
    failed: count,
    cancelled: count,
  }).openapi({ description: "Of its children" }),
  createdBy: z.string().openapi({ description: "Who gave the command that it came of" }),
  createdAt: instant.openapi({ description: "When the first of its children was taken in" }),
  endedAt: instant.nullable().openapi({ description: "Null while it runs" }),
  cancelledBy: z.string().nullable().openapi({ description: "Who wishes, or wished, that its children end" }),
  jobs: z.string().openapi({ description: "Where its children are listed that are jobs" }),
}).openapi("BatchSummary");

export type BatchSummary = z.infer<typeof batchSummary>;

/** A batch with those below it, three levels deep. */
const below = z.array(batchSummary.extend({
  batches: z.array(batchSummary.extend({ batches: z.array(batchSummary) })),
}));
export const batchView = batchSummary.extend({
  batches: below.openapi({ description: "Those that its children have begun, and their children, three levels deep" }),
  more: z.boolean().openapi({ description: "There are more below it than are shown" }),
}).openapi("Batch");

export type BatchView = z.infer<typeof batchView>;

export function summaryOf(row: BatchRow): BatchSummary {
  const { id, name, parentKind, parentKey, total, open, succeeded, failed, cancelled } = row;
  const status = statusOf(row);
  return {
    id,
    name,
    parent: parentKind === null || parentKey === null ? null : { kind: parentKind, key: parentKey },
    parentBatchId: row.parentBatch,
    status,
    counts: { total, open, succeeded, failed, cancelled },
    createdBy: row.by,
    createdAt: iso(row.createdAt),
    endedAt: row.endedAt === null || status === "running" ? null : iso(row.endedAt),
    cancelledBy: row.cancelWishedBy,
    jobs: `/api/jobs?batchId=${id}`,
  };
}

/** @throws {RuntimeError} `not-found`, the same for a batch that never was and for another tenant's */
export async function batchOf(system: System, tenant: string, id: string): Promise<BatchRow> {
  const row = await system.point(tenant, batchTables.queries.byId, { id });
  if (row === null) throw new RuntimeError("not-found", "There is no such batch");
  return row;
}
