import { z } from "zod";
import { defineActor } from "../authoring.ts";
import { uploadMessages } from "./messages.ts";
import { processRows, settle } from "./process_rows.ts";
import { employeeTables } from "./tables.ts";

/**
 * Processes a file of employees that was staged; its key is the upload's id, whose row says how far it is. Of an upload that
 * has ended nothing is kept but that row, and what was rejected.
 */
export const employeeUpload = defineActor({
  kind: "employee-upload",
  state: z.object({ line: z.int().min(0) }),
  initial: { line: 0 },
  messages: uploadMessages,
  tables: [employeeTables],
  retry: { maxAttempts: 5, baseMs: 500, maxMs: 30_000 },
  restarts: null,
  timeoutMs: 60_000,
  outer: true,
  // Of a tenant that uploads much at once the files wait for each other, and leave room for other work.
  concurrency: { total: 16, perTenant: 4 },
  addressable: false,
  on: {
    work: (state, _payload, ctx) => processRows(state, ctx),
    settle: (_state, _payload, ctx) => settle(ctx),
  },
});
