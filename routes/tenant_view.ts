import { z } from "@hono/zod-openapi";
import { RuntimeError, type System, type Tenant, TENANT_PATTERN, tenantSettings } from "../runtime/mod.ts";
import { iso } from "./instant.ts";
import { isPrintable } from "./printable.ts";

const EXAMPLE = "acme";
const { shape } = tenantSettings;

export const tenantId = z.string().regex(TENANT_PATTERN, "must be 1-63 of a-z, 0-9, _ and -, not starting with _ or -")
  .refine((id) => id !== "system", "must not be system: it is nobody's").openapi({
    description: "By which requests name it, and tokens",
    example: EXAMPLE,
  });

/** The `{id}` of a tenant's path; one that cannot be one answers 404 like any other unknown tenant. */
export const tenantParams = z.object({
  id: z.string().regex(TENANT_PATTERN).openapi({ description: "Of the tenant", example: EXAMPLE }),
});

export const tenantName = z.string().trim().min(1).max(200).refine(isPrintable, "must be printable").openapi({
  description: "For people",
  example: "Acme Car Wash",
});

/** What is left out is null in a new tenant, and stays in one that is changed. */
export const settingsOrder = z.strictObject({
  weight: shape.weight.optional(),
  concurrency: shape.concurrency.optional(),
  submissionsPerMinute: shape.submissionsPerMinute.optional(),
  eventsKept: shape.eventsKept.optional(),
  jobsKeptDays: shape.jobsKeptDays.optional(),
  webhookHosts: shape.webhookHosts.optional(),
}).openapi({ description: "What is left out is null, or stays as it was" });

export const settingsView = z.object(shape).openapi({ description: "What is decided for it alone" });

export const tenantView = z.object({
  id: z.string().openapi({ description: "By which requests name it, and tokens", example: EXAMPLE }),
  name: z.string().openapi({ description: "For people" }),
  status: z.enum(["active", "suspended", "deleting"]).openapi({
    description:
      "`suspended`: its work waits and its requests are answered 403; `deleting`: until nothing of it is left",
  }),
  settings: settingsView,
  createdAt: z.iso.datetime().openapi({ description: "When it was registered" }),
  createdBy: z.string().openapi({ description: "By whom" }),
  updatedAt: z.iso.datetime().openapi({ description: "When it was last changed, suspended or resumed" }),
  deletingAt: z.iso.datetime().nullable().openapi({ description: "When somebody decided that it is to go" }),
}).openapi("Tenant");

export const tenant = { "application/json": { schema: tenantView } };

export function viewOfTenant(
  { createdAt, updatedAt, deletingAt, lastRows: _, ...rest }: Tenant,
): z.infer<typeof tenantView> {
  const settings = { ...rest.settings, webhookHosts: rest.settings.webhookHosts?.slice() ?? null };
  return {
    ...rest,
    settings,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    deletingAt: deletingAt === null ? null : iso(deletingAt),
  };
}

/** @throws {RuntimeError} `not-found` */
export async function mustFindTenant({ tenants }: Pick<System, "tenants">, id: string): Promise<Tenant> {
  const found = await tenants.get(id);
  if (found === null) throw new RuntimeError("not-found", "There is no such tenant");
  return found;
}
