import { type RouteHandler, z } from "@hono/zod-openapi";
import { uploadAt } from "../actors/employee_upload/messages.ts";
import type { UploadRow } from "../actors/employee_upload/rows.ts";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { type Clock, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { mustTakeEmployees, uploadOf, uploadView, viewOfUpload } from "./employee_uploads_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { answeredBy, idempotencyOf } from "./idempotency.ts";
import { idleBound } from "./idle_bound.ts";
import { idempotencyHeader } from "./jobs_submit.ts";
import { essenceOf } from "./media_types.ts";
import { refuseEncodings, tooLarge } from "./middleware/read_body.ts";
import { multipartFile } from "./multipart_file.ts";
import { Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { type StagedUpload, stageUpload } from "./staged_upload.ts";

const LIMIT_BYTES = 64 * 1024 * 1024;
/** What a form may have around its file. */
const FORM_BYTES = 64 * 1024;
const IDLE_MS = 30_000;
const TYPES = ["text/csv", "multipart/form-data"];
const SCOPE = "POST /api/employee-uploads";

const upload = { "application/json": { schema: uploadView } };

export const createUploadRoute = createRoute({
  method: "post",
  path: "/api/employee-uploads",
  access: "operator",
  operationId: "uploadEmployees",
  tags: ["employees"],
  summary: "Upload a CSV file of employees; the answer comes when its rows are on disk, before they are processed",
  description:
    "Its first line names the columns: `employee_number`, `name`, `email`, `start_date` (`YYYY-MM-DD`), and " +
    "perhaps `end_date`; others are ignored. A row changes the employee of its number, or makes one; of two uploads " +
    "that tell of one employee the later one is right, whichever is processed first. Of a form the first file is taken.",
  request: {
    headers: idempotencyHeader,
    body: {
      required: true,
      description: "Up to 64 MiB of UTF-8, staged while it comes in",
      content: {
        "text/csv": { schema: z.string() },
        "multipart/form-data": { schema: z.object({ file: z.string().openapi({ format: "binary" }) }) },
      },
    },
  },
  responses: {
    201: { description: "The upload, staged", content: upload },
    200: { description: "The earlier upload of the same bytes, as it is now: nothing was done", content: upload },
    ...problems,
  },
});

export function create({ system, submissions, clock, deedOf }: Deps): RouteHandler<typeof createUploadRoute, AppEnv> {
  return async (c) => {
    mustTakeEmployees(system);
    const { tenant, principal } = c.var;
    const key = c.req.header("idempotency-key");
    // A key that cannot be one is refused before a long upload, not after it.
    await idempotencyOf(key, { scope: SCOPE, request: null });
    const bytes = fileIn(c.req.raw, clock);
    await submissions.take(tenant, 1);
    const staged = await stageUpload(system, tenant, { bytes, by: principal.subject, limitBytes: LIMIT_BYTES });
    const { id, fingerprint } = staged;
    const repeat = await idempotencyOf(key, { scope: SCOPE, request: { fingerprint } });
    const first = await firstOf(system, tenant, { staged, repeat, deed: deedOf(c, `employee-upload/${id}`) })
      .catch(async (thrown: unknown) => {
        await staged.drop().catch(() => {});
        throw thrown;
      });
    if (first !== null) await staged.drop();
    const row = first ?? await uploadOf(system, tenant, id);
    return c.json(viewOfUpload(row), first === null ? 201 : 200, { Location: `/api/employee-uploads/${row.id}` });
  };
}

/** Accepts the upload; or answers the one that its bytes were, or its `Idempotency-Key`, before. */
async function firstOf(
  system: System,
  tenant: string,
  { staged: { id, fingerprint, rows }, repeat, deed }: {
    staged: StagedUpload;
    repeat: Awaited<ReturnType<typeof idempotencyOf>>;
    deed: ReturnType<Deps["deedOf"]>;
  },
): Promise<UploadRow | null> {
  const { queries } = employeeTables;
  const sameFile = () => system.point(tenant, queries.sameFile, { fingerprint });
  const known = await sameFile();
  if (known !== null) return known;
  const to = uploadAt(tenant, id);
  const commands = ["work", "settle"].map((message) => ({ to, message, payload: {}, fresh: message === "work" }));
  try {
    const [told] = await system.tellAll(commands, {
      deed: { by: deed.by, rows: [...rows, ...deed.rows] },
      ...answeredBy(repeat, { id }),
    });
    if (told!.accepted || told!.by !== "idempotency") return null;
    return await uploadOf(system, tenant, JSON.parse(told!.answer).id);
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError && thrown.code === "constraint")) throw thrown;
    // Somebody has uploaded the same at the same time.
    const other = await sameFile();
    if (other === null) throw thrown;
    return other;
  }
}

/** @throws {Refusal} 415, 413 when it is announced to be too large, 400 when there is nothing */
function fileIn(request: Request, clock: Clock): AsyncIterable<Uint8Array> {
  const contentType = request.headers.get("content-type") ?? "";
  const essence = essenceOf(contentType) ?? "";
  if (!TYPES.includes(essence)) {
    const known = TYPES.join(", ");
    throw new Refusal(415, `The body must be one of ${known}, in UTF-8`, { headers: { Accept: known } });
  }
  refuseEncodings(request);
  const around = essence === "text/csv" ? 0 : FORM_BYTES;
  if (Number(request.headers.get("content-length") ?? 0) > LIMIT_BYTES + around) throw tooLarge(LIMIT_BYTES);
  if (request.body === null) throw new Refusal(400, "The body is empty: there is nothing to upload");
  const body = idleBound(request.body, { idleMs: IDLE_MS, clock });
  return essence === "text/csv" ? body : multipartFile(body, contentType);
}
