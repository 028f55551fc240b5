import { type RouteHandler, z } from "@hono/zod-openapi";
import type { JobKind } from "../actors/job/define_job.ts";
import { type Clock, InvalidError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { tenantQuery } from "./access/named_tenant.ts";
import type { AppEnv, Deps } from "./env.ts";
import { essenceOf } from "./media_types.ts";
import { refuseEncodings, tooLarge } from "./middleware/read_body.ts";
import { invalid, Refusal } from "./problem.ts";
import { problems } from "./problem_schema.ts";
import { idleBound } from "./idle_bound.ts";
import { jobKindOf, place, submittedView, submitterIn } from "./submission.ts";

const LIMIT_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 30_000;

const FORMATS: Readonly<Record<string, "csv" | "ndjson">> = { "text/csv": "csv", "application/x-ndjson": "ndjson" };

export const importRoute = createRoute({
  method: "post",
  path: "/api/jobs/import",
  access: "operator",
  operationId: "importDataset",
  tags: ["jobs"],
  summary: "Upload rows and submit the job that imports them",
  request: {
    query: z.strictObject({
      tenant: tenantQuery,
      dataset: z.string().min(1).max(100).openapi({ description: "What the rows become a part of", example: "people" }),
      key: z.string().min(1).max(200).optional().openapi({
        description: "The column that tells rows apart; by default the first",
      }),
    }),
    body: {
      required: true,
      description: "Up to 64 MiB, stored while it comes in",
      content: { "text/csv": { schema: z.string() }, "application/x-ndjson": { schema: z.string() } },
    },
  },
  responses: {
    201: { description: "The job, queued", content: { "application/json": { schema: submittedView } } },
    ...problems,
  },
});

export function importDataset({ system, submissions, clock, deedOf }: Deps): RouteHandler<typeof importRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { tenant: _, ...of } = c.req.valid("query");
    const wanted = { ...of, format: formatOf(c.req.header("content-type")) };
    const kind = jobKindOf(system.registry, { type: "import", payload: {} });
    mustFit(kind, wanted);
    await submissions.take(tenant, 1);
    const blob = await stage(system, tenant, { request: c.req.raw, clock });
    try {
      const submitter = { ...submitterIn(system, tenant), id: system.createId() };
      const { command, view } = place(kind, { type: "import", payload: { ...wanted, blob } }, submitter);
      const { to, message, payload, ...options } = command;
      await system.tell(to, message, payload, { ...options, deed: deedOf(c, `job/${view.id}`) });
      return c.json(view, 201, { Location: `/api/jobs/${view.id}` });
    } catch (thrown) {
      await system.blobs.drop(tenant, blob).catch(() => {});
      throw thrown;
    }
  };
}

function formatOf(contentType: string | undefined): "csv" | "ndjson" {
  const essence = essenceOf(contentType ?? "") ?? "";
  const format = Object.hasOwn(FORMATS, essence) ? FORMATS[essence] : undefined;
  if (format !== undefined) return format;
  const known = Object.keys(FORMATS).join(", ");
  throw new Refusal(415, `The body must be one of ${known}, in UTF-8`, { headers: { Accept: known } });
}

/** Says what is wrong with the question before a long upload, not after it. */
function mustFit(kind: JobKind, wanted: object): void {
  const parsed = kind.messages.run.safeParse({ ...wanted, blob: "not yet staged" });
  if (!parsed.success) throw invalid("The query string is invalid", new InvalidError("import", parsed.error).faults);
}

/** The id of the blob that holds the body. */
async function stage(
  system: System,
  tenant: string,
  { request, clock }: { request: Request; clock: Clock },
): Promise<string> {
  refuseEncodings(request);
  if (Number(request.headers.get("content-length") ?? 0) > LIMIT_BYTES) throw tooLarge(LIMIT_BYTES);
  if (request.body === null) throw new Refusal(400, "The body is empty: there is nothing to import");
  const bytes = idleBound(request.body, { idleMs: IDLE_MS, clock });
  const staged = await system.blobs.stage(tenant, bytes, { limitBytes: LIMIT_BYTES });
  if (staged.sizeBytes > 0) return staged.id;
  await system.blobs.drop(tenant, staged.id);
  throw new Refusal(400, "The body is empty: there is nothing to import");
}
