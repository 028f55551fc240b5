import type { BelievableTenant } from "./believable.ts";
import { type DemoApi, json, ndjson } from "./demo_api.ts";

const STREAM = "seeded";
const SCANS_AT_ONCE = 500;

/** Hands everything of a tenant in; what is there already stays as it is, so that it may be done again. @throws {Error} */
export async function seedTenant(api: DemoApi, tenant: BelievableTenant): Promise<void> {
  const { id, name, customers, employees, scans, orders } = tenant;
  await api.post(id, "/api/tenants", json({ id, name }), { unless: 409 });
  await api.post(id, "/api/customers", ndjson(customers));
  if (employees.includes("\nE-")) {
    await api.post(id, "/api/employee-uploads", { type: "text/csv", text: employees });
  }
  if (scans.length > 0) await handIn(api, id, scans);
  for (const order of orders) await api.post(id, "/api/orders", json(order));
}

/** To a stream that is paused, as there is no source to ask. */
async function handIn(api: DemoApi, tenant: string, scans: readonly object[]): Promise<void> {
  const baseUrl = "https://scans.example/v1/scans/scanevents";
  await api.post(tenant, "/api/streams", json({ name: STREAM, baseUrl }), { unless: 409 });
  await api.post(tenant, `/api/streams/${STREAM}/pause`, json({}));
  for (let from = 0; from < scans.length; from += SCANS_AT_ONCE) {
    const events = scans.slice(from, from + SCANS_AT_ONCE);
    await api.post(tenant, `/api/streams/${STREAM}/events`, json({ ScanEvents: events }));
  }
}
