import type { RouteHandler } from "@hono/zod-openapi";
import { employeeTables } from "../actors/employee_upload/tables.ts";
import { RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import { uploadOf, uploadParams, uploadView, viewOfUpload } from "./employee_uploads_view.ts";
import type { AppEnv, Deps } from "./env.ts";
import { problems } from "./problem_schema.ts";

export const cancelRoute = createRoute({
  method: "post",
  path: "/api/employee-uploads/{id}/cancel",
  access: "operator",
  operationId: "cancelEmployeeUpload",
  tags: ["employees"],
  summary: "Process no more rows of an upload",
  description:
    "What was accepted stays; the rest is taken away. 409 when it has ended; a second call changes nothing. The " +
    "same file can be uploaded again.",
  request: { params: uploadParams },
  responses: {
    200: { description: "The upload, cancelled", content: { "application/json": { schema: uploadView } } },
    ...problems,
  },
});

export function cancel({ system, deedOf }: Deps): RouteHandler<typeof cancelRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { id } = c.req.valid("param");
    const { status } = await uploadOf(system, tenant, id);
    if (status !== "cancelled") {
      const { by, rows } = deedOf(c, `employee-upload/${id}`);
      const row = { tables: employeeTables.name, write: "cancelled", args: { id, at: system.now() } };
      const data = JSON.stringify({ id, by });
      const told = { type: "employee-upload.cancelled", subject: `employee-upload/${id}`, data };
      await system.write(tenant, { rows: [row], events: [told] }, { by, rows }).catch((thrown: unknown) => {
        if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
        throw new RuntimeError("conflict", "The upload has ended: there is nothing to cancel");
      });
    }
    return c.json(viewOfUpload(await uploadOf(system, tenant, id)), 200);
  };
}
