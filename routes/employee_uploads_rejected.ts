import { type RouteHandler, z } from "@hono/zod-openapi";
import type { EmployeeRejectRow, UploadRow } from "../actors/employee_upload/rows.ts";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { toCsv } from "../actors/rendering/csv.ts";
import type { System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { csvFile } from "./csv_file.ts";
import { foreignCursor, readCursor } from "./cursor.ts";
import { columnsOf, uploadOf, uploadParams } from "./employee_uploads_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { pageOf, pageSchema, paging } from "./paging.ts";
import { problems } from "./problem_schema.ts";

const PLACE = /^reject\/[0-9A-Z]{26}\/\d{1,10}$/;
/** So much of a file is in memory, whoever reads it how slowly. */
const PAGE_ROWS = 200;

const rejectView = z.object({
  line: z.number().int().openapi({ description: "Where the row begins in the file; the header is on line 1" }),
  reason: z.string().openapi({
    description: "Everything that is wrong with it",
    example: "the e-mail address is none",
  }),
  fields: z.array(z.string()).nullable().openapi({
    description: "The row in the order of the upload's `columns`; null when it has not as many",
  }),
  raw: z.string().nullable().openapi({ description: "The beginning of a row that has no fields" }),
}).openapi("RejectedEmployee");

export const rejectedRoute = createRoute({
  method: "get",
  path: "/api/employee-uploads/{id}/rejected",
  access: "viewer",
  dedupe: { windowMs: 30_000 },
  operationId: "listRejectedEmployees",
  tags: ["employees"],
  summary: "The rows of an upload that were rejected, by line, and why",
  request: { params: uploadParams, query: z.strictObject(paging) },
  responses: {
    200: {
      description: "A page; `nextCursor` is null on the last one",
      content: { "application/json": { schema: pageSchema(rejectView) } },
    },
    ...problems,
  },
});

export function rejected({ system }: Deps): RouteHandler<typeof rejectedRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { limit, cursor } = c.req.valid("query");
    const { id } = await uploadOf(system, tenant, c.req.valid("param").id);
    const after = cursor === undefined ? 0 : placeIn(cursor, id);
    const page = { uploadId: id, after, limit: limit + 1 };
    const rows = await system.query(tenant, employeeTables.queries.rejects, page);
    return c.json(pageOf(rows, { limit, view: viewOfReject, placeOf: ({ line }) => `reject/${id}/${line}` }), 200);
  };
}

export const rejectedFileRoute = createRoute({
  method: "get",
  path: "/api/employee-uploads/{id}/rejected.csv",
  access: "viewer",
  operationId: "exportRejectedEmployees",
  tags: ["employees"],
  summary: "The rows of an upload that were rejected, as a CSV file: to be mended and uploaded again",
  description:
    "Line and reason come first, then the columns of the upload; what could not be taken apart stands in the " +
    "last one. A text that a spreadsheet would take for a formula begins with an apostrophe.",
  request: { params: uploadParams },
  responses: {
    200: { description: "The file, with a header", content: { "text/csv": { schema: z.string() } } },
    ...problems,
  },
});

export function rejectedFile({ system }: Deps): RouteHandler<typeof rejectedFileRoute, AppEnv> {
  return async (c) => {
    const upload = await uploadOf(system, c.var.tenant, c.req.valid("param").id);
    return await csvFile(c, csvPages(system, upload), { filename: `rejected-${upload.id}.csv` });
  };
}

async function* csvPages(system: System, upload: UploadRow): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const utf8 = new TextEncoder();
  const { tenant, id: uploadId } = upload;
  const columns = columnsOf(upload);
  let head = toCsv([["line", "reason", ...columns, "unreadable"]]);
  for (let after = 0;;) {
    const rows = await system.query(tenant, employeeTables.queries.rejects, { uploadId, after, limit: PAGE_ROWS });
    const text = toCsv(rows.map((row) => {
      const { line, reason, fields, raw } = viewOfReject(row);
      return [line, reason, ...fields ?? columns.map(() => ""), raw ?? ""];
    }));
    if (head !== "" || text !== "") yield utf8.encode(head + text);
    head = "";
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)!.line;
  }
}

function viewOfReject({ line, reason, fields, raw }: EmployeeRejectRow): z.infer<typeof rejectView> {
  return { line, reason, fields: fields === null ? null : JSON.parse(fields), raw };
}

/** A cursor goes on in its own upload. */
function placeIn(cursor: string, id: string): number {
  const [, upload, line] = readCursor(cursor, PLACE).split("/") as [string, string, string];
  if (upload !== id) throw foreignCursor();
  return Number(line);
}
