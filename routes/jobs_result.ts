import { type RouteHandler, z } from "@hono/zod-openapi";
import { isJobKind } from "../actors/job/define_job.ts";
import type { JobRow } from "../actors/job/rows.ts";
import { RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { jobOf, jobParams } from "./job_address.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";

/** A report is shown as it is, without script and without the rights of this origin. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'";

export const resultRoute = createRoute({
  method: "get",
  path: "/api/jobs/{id}/result",
  access: "viewer",
  operationId: "downloadJobResult",
  tags: ["jobs"],
  summary: "The result of a job that has succeeded, as a file",
  request: {
    params: jobParams,
    query: z.object({
      format: z.string().max(20).default("json").openapi({
        description: "`json`, or what the job's type offers: `csv`, `html`",
      }),
    }),
  },
  responses: {
    200: {
      description: "The file",
      content: {
        "application/json": { schema: z.unknown() },
        "text/csv": { schema: z.string() },
        "text/html": { schema: z.string() },
      },
    },
    ...problems,
  },
});

export function result({ system }: Deps): RouteHandler<typeof resultRoute, AppEnv> {
  return async (c) => {
    const { format } = c.req.valid("query");
    const row = await jobOf(system, c.var.tenant, c.req.valid("param").id);
    const kind = system.registry.kinds.get(row.type);
    const renderings = kind !== undefined && isJobKind(kind) ? kind.renderings : {};
    const rendering = Object.hasOwn(renderings, format) ? renderings[format] : undefined;
    if (rendering === undefined && format !== "json") {
      const known = ["json", ...Object.keys(renderings)].join(", ");
      throw invalid("The result cannot be read in this format", [{
        pointer: "/format",
        detail: `must be one of ${known}`,
      }]);
    }
    const text = resultOf(row);
    return c.body(rendering === undefined ? text : rendering.render(JSON.parse(text)), 200, {
      "Content-Type": rendering?.contentType ?? "application/json",
      "Content-Disposition": `attachment; filename="${row.type}-${row.id}.${format}"`,
      "Content-Security-Policy": REPORT_POLICY,
    });
  };
}

function resultOf({ status, result }: JobRow): string {
  if (status === "succeeded") return result ?? "null";
  const next = status === "queued" || status === "running" ? "wait until it has finished" : "retry it";
  throw new RuntimeError("conflict", `The job is ${status} and has no result: ${next}`);
}
