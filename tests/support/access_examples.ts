import type { Access } from "../../routes/access/principal.ts";
import type { AccessRig, Call } from "./access_rig.ts";
import {
  actor,
  apiKey,
  auditedAct,
  catalogBrand,
  customer,
  customerAction,
  deadMessage,
  drainedNode,
  employee,
  enabledSync,
  failedJob,
  finishedJob,
  keptLetter,
  leavingTenant,
  listedActor,
  openBatch,
  orderOfCards,
  parcel,
  parkedActor,
  pausedKind,
  pausedSchedule,
  pausedStream,
  processedUpload,
  registeredTenant,
  schedule,
  stagedUpload,
  stream,
  streamWithParcel,
  subscription,
  suspendedTenant,
  takingNode,
  type Thing,
  transaction,
  waitingJob,
} from "./access_things.ts";

/** How a route is called, and by whom. */
export interface Example {
  /** Said here once more than by the route itself: a test that asks the route cannot find it wrong. */
  readonly access: Access;
  /** Of the answer to who may, about a thing of the own tenant. */
  readonly status: number;
  readonly call: (thing: Thing) => Omit<Call, "method">;
  /** Makes the thing, and nothing goes on in its tenant when it is there. Without one the call leads to no tenant's thing. */
  readonly given?: (rig: AccessRig, tenant: string) => Promise<Thing>;
  /** The answer speaks of the thing. */
  readonly shows?: boolean;
  /** A thing that is not there, and one of another tenant, are answered 404. */
  readonly leads?: boolean;
  /** The answer is about the server, the same for all tenants. */
  readonly ofServer?: boolean;
  /** Of the row that the call leaves in the audit log, or that it changes nothing; for what is no GET. `text`: of the answer. */
  readonly audited?: ((thing: Thing, text: string) => string) | "never";
  /** It hands work in, which a tenant's settings may bound. */
  readonly submits?: boolean;
}

const JSON_TYPE = { "content-type": "application/json" };
const post = (path: string, body: unknown) => ({ path, headers: JSON_TYPE, body: JSON.stringify(body) });

const ofJob = ({ id }: Thing) => `job/${id}`;
const ofKey = ({ id }: Thing) => `api-key/${id}`;
const ofLetter = ({ id }: Thing) => `dead-letter/${id}`;
const ofAnswer = (_: Thing, text: string) => `job/${JSON.parse(text).id}`;

const mailPath = ({ id }: Thing) => ({ path: `/api/mail/${id.toLowerCase()}` });
const ofSchedule = ({ key }: Thing) => `schedule/${key}`;

const read = { access: "viewer", status: 200, shows: true } as const;
const operate = { access: "operator" } as const;
const submit = { ...operate, submits: true } as const;
const anyone = (
  path: string,
): readonly Example[] => [{ access: "anyone", status: 200, ofServer: true, call: () => ({ path }) }];
const job = (path = "") => ({ id }: Thing) => ({ path: `/api/jobs/${id}${path}` });
const batch = (path = "") => ({ id }: Thing) => ({ path: `/api/batches/${id}${path}` });
const key = (path = "") => ({ id }: Thing) => ({ path: `/api/keys/${id.toLowerCase()}${path}` });
const letter = (path = "") => ({ id }: Thing) => ({ path: `/api/dead-letters/${id}${path}` });

const ofName = (path = "") => ({ key }: Thing) => ({ path: `/api/schedules/${key}${path}` });

let names = 0;
/** A new name with each call; what stands for a ULID is taken for equal. */
const order = () => {
  const name = `made-${`${++names}`.padStart(26, "0")}`;
  const target = { kind: "tally", key: "main", message: "add", payload: { by: 1 } };
  return post("/api/schedules", { name, cron: "30 2 1 * *", timeZone: "Europe/Berlin", target, enabled: false });
};

const subscriptionPath = ({ id }: Thing) => ({ path: `/api/subscriptions/${id}` });

const ofStream = ({ key }: Thing) => `stream/${key}`;
const streamPath = (path = "") => ({ key }: Thing) => ({ path: `/api/streams/${key}${path}` });
/** No thing is no number. */
const parcelPath = (path = "") => ({ id }: Thing) => ({
  path: `/api/parcels/${/^\d+$/.test(id) ? id : "1"}${path}`,
});
const SCAN = { EventId: 1, ParcelId: 1, Type: "PICKUP", CreatedDateTimeUtc: "2021-05-11T21:11:34.1506147Z" };
const streamOrder = () => {
  const name = `made-${`${++names}`.padStart(26, "0")}`;
  return post("/api/streams", { name, baseUrl: "http://scans.example/v1", limit: 10, headers: { "X-Key": "hush" } });
};

const ofTenant = ({ id }: Thing) => `tenant/${id}`;
const tenantPath = (path = "") => ({ id }: Thing) => ({ path: `/api/tenants/${id}${path}` });
const tenantOrder = () => post("/api/tenants", { id: `made-${`${++names}`.padStart(26, "0")}`, name: "Made" });
const byPlatform = { access: "platform", ofServer: true } as const;
/** All tenants read the same. */
const catalogRead = (path: string): Example => ({
  ...read,
  ...{ shows: false, ofServer: true },
  call: () => ({ path: `/api/catalog${path}` }),
});
const ofUpload = ({ id }: Thing) => `employee-upload/${id}`;
const uploadPath = (path = "") => ({ id }: Thing) => ({ path: `/api/employee-uploads/${id}${path}` });
/** Another file with each call: the same one is no new upload. */
const employeeFile = () => ({
  path: "/api/employee-uploads",
  headers: { "content-type": "text/csv" },
  body: `employee_number,name,email,start_date\n${++names},Ada,ada@example.com,2026-01-31\n`,
});

const ofCustomer = ({ key }: Thing) => `customer/${key}`;
const customerPath = (path = "") => ({ key }: Thing) => ({ path: `/api/customers/${key}${path}` });
const customerOrder = () => {
  const id = `made-${`${++names}`.padStart(26, "0")}`;
  return post("/api/customers", { id, firstName: "Ann", lastName: "Example", email: `${id}@customers.example` });
};

/** Another name with each call: the same one would change nothing. */
const changedCustomer = ({ key }: Thing) => {
  const details = { firstName: "Ann", lastName: `Example ${++names}`, email: `${key}@customers.example` };
  return post(`/api/customers/${key}`, details);
};

const ofAction = ({ key }: Thing) => `customer-action/${key}`;
const actionPath = (path = "") => ({ key }: Thing) => ({ path: `/api/customer-actions/${key}${path}` });
/** Of nobody, so it is over at once. */
const actionOrder = () => {
  const id = `made-${`${++names}`.padStart(26, "0")}`;
  return post("/api/customer-actions", { id, type: "wash-purchased", customers: ["nobody"] });
};

const cardOrder = () => {
  const requestId = `made-${`${++names}`.padStart(26, "0")}`;
  const products = [{ productId: 7, quantity: 1, value: 1_000 }];
  return post("/api/orders", { requestId, currency: "EUR", products });
};

/** Of every route, as the router spells it. Those of the page's files are in {@linkcode isPageFile}. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "POST /api/jobs": [{
    ...submit,
    status: 201,
    audited: ofAnswer,
    call: () => post("/api/jobs", { type: "echo", payload: { text: "a" } }),
  }],
  "POST /api/jobs/batch": [{
    ...submit,
    status: 201,
    audited: (_, text) => `job/${JSON.parse(text).items[0].id} +1`,
    call: () => post("/api/jobs/batch", { jobs: ["a", "b"].map((text) => ({ type: "echo", payload: { text } })) }),
  }],
  "POST /api/jobs/import": [{
    ...submit,
    status: 201,
    audited: ofAnswer,
    call: () => ({
      path: "/api/jobs/import?dataset=people",
      headers: { "content-type": "text/csv" },
      body: "id,name\n1,Ann\n",
    }),
  }],
  "GET /api/jobs": [{ ...read, given: finishedJob, call: () => ({ path: "/api/jobs" }) }],
  "GET /api/jobs/:id": [{ ...read, given: finishedJob, leads: true, call: job() }],
  "GET /api/jobs/:id/logs": [{ ...read, shows: false, given: finishedJob, leads: true, call: job("/logs") }],
  "GET /api/jobs/:id/result": [{ ...read, shows: false, given: finishedJob, leads: true, call: job("/result") }],
  "GET /api/jobs/:id/stream": [{ ...read, given: finishedJob, leads: true, call: job("/stream") }],
  "POST /api/jobs/:id/cancel": [{
    ...operate,
    status: 200,
    given: waitingJob,
    leads: true,
    audited: ofJob,
    call: job("/cancel"),
  }],
  "POST /api/jobs/:id/retry": [{
    ...submit,
    status: 202,
    given: finishedJob,
    leads: true,
    audited: ofJob,
    call: job("/retry"),
  }],
  "GET /api/batches": [{ ...read, given: openBatch, call: () => ({ path: "/api/batches" }) }],
  "GET /api/batches/:id": [{ ...read, given: openBatch, leads: true, call: batch() }],
  "POST /api/batches/:id/cancel": [{
    ...operate,
    status: 202,
    given: openBatch,
    leads: true,
    audited: ({ id }) => `batch/${id}`,
    call: batch("/cancel"),
  }],
  "GET /api/dead-letters": [
    { ...read, given: failedJob, call: () => ({ path: "/api/dead-letters" }) },
    { ...read, given: deadMessage, call: () => ({ path: "/api/dead-letters" }) },
  ],
  "GET /api/dead-letters/:id": [
    { ...read, given: failedJob, leads: true, call: letter() },
    { ...read, given: deadMessage, leads: true, call: letter() },
  ],
  "POST /api/dead-letters/:id/retry": [
    { ...submit, status: 202, given: failedJob, leads: true, audited: ofJob, call: letter("/retry") },
    { ...submit, status: 202, given: deadMessage, leads: true, audited: ofLetter, call: letter("/retry") },
  ],
  "DELETE /api/dead-letters/:id": [
    { ...operate, status: 204, given: failedJob, leads: true, audited: ofJob, call: letter() },
    { ...operate, status: 204, given: deadMessage, leads: true, audited: ofLetter, call: letter() },
  ],
  "GET /api/kinds": [{ ...read, given: pausedKind, call: () => ({ path: "/api/kinds" }) }],
  "POST /api/kinds/:kind/pause": [{
    access: "admin",
    status: 200,
    audited: () => "kind/patient",
    call: () => ({ path: "/api/kinds/patient/pause" }),
  }],
  "POST /api/kinds/:kind/resume": [
    {
      access: "admin",
      status: 200,
      given: pausedKind,
      audited: () => "kind/patient",
      call: () => ({ path: "/api/kinds/patient/resume" }),
    },
  ],
  "GET /api/actors": [{ ...read, given: listedActor, call: () => ({ path: "/api/actors" }) }],
  "GET /api/actors/:kind/:key": [
    { ...read, given: actor, leads: true, call: ({ key }) => ({ path: `/api/actors/tally/${key}` }) },
  ],
  "POST /api/actors/:kind/:key/resume": [{
    ...operate,
    status: 204,
    given: parkedActor,
    leads: true,
    audited: ({ key }) => `frail/${key}`,
    call: ({ key }) => ({ path: `/api/actors/frail/${key}/resume` }),
  }],
  // Whom nobody has written to yet can be written to, and asked.
  "POST /api/actors/:kind/:key/:name": [{
    ...submit,
    status: 202,
    given: actor,
    audited: ({ key }) => `tally/${key}`,
    call: ({ key }) => post(`/api/actors/tally/${key}/add`, { by: 1 }),
  }],
  "GET /api/actors/:kind/:key/:name": [
    { ...read, given: actor, call: ({ key }) => ({ path: `/api/actors/tally/${key}/count` }) },
  ],
  "GET /api/schedules": [{ ...read, given: schedule, call: () => ({ path: "/api/schedules" }) }],
  "POST /api/schedules": [{
    ...operate,
    status: 201,
    audited: (_, text) => `schedule/${JSON.parse(text).name}`,
    call: order,
  }],
  "POST /api/schedules/preview": [{
    access: "viewer",
    status: 200,
    audited: "never",
    call: () => post("/api/schedules/preview", { cron: "*/5 8-18 * * 1-5", timeZone: "America/New_York", count: 3 }),
  }],
  "GET /api/schedules/:name": [{ ...read, given: schedule, leads: true, call: ofName() }],
  "PATCH /api/schedules/:name": [{
    ...operate,
    status: 200,
    given: schedule,
    leads: true,
    audited: ofSchedule,
    call: ({ key }) => post(`/api/schedules/${key}`, { everyMs: 3_600_000, jitterMs: 60_000 }),
  }],
  "DELETE /api/schedules/:name": [
    { ...operate, status: 204, given: schedule, leads: true, audited: ofSchedule, call: ofName() },
  ],
  "POST /api/schedules/:name/pause": [
    { ...operate, status: 200, given: schedule, leads: true, audited: ofSchedule, call: ofName("/pause") },
  ],
  "POST /api/schedules/:name/resume": [
    { ...operate, status: 200, given: pausedSchedule, leads: true, audited: ofSchedule, call: ofName("/resume") },
  ],
  "POST /api/schedules/:name/run": [
    { ...submit, status: 202, given: schedule, leads: true, audited: ofSchedule, call: ofName("/run") },
  ],
  "GET /api/schedules/:name/ticks": [{ ...read, given: schedule, leads: true, call: ofName("/ticks") }],
  "GET /api/streams": [{ ...read, given: stream, call: () => ({ path: "/api/streams" }) }],
  "POST /api/streams": [{
    ...submit,
    status: 201,
    audited: (_, text) => `stream/${JSON.parse(text).name}`,
    call: streamOrder,
  }],
  "GET /api/streams/:name": [{ ...read, given: stream, leads: true, call: streamPath() }],
  "DELETE /api/streams/:name": [
    { ...operate, status: 204, given: streamWithParcel, leads: true, audited: ofStream, call: streamPath() },
  ],
  "POST /api/streams/:name/pause": [
    { ...operate, status: 200, given: stream, leads: true, audited: ofStream, call: streamPath("/pause") },
  ],
  "POST /api/streams/:name/resume": [
    { ...operate, status: 200, given: pausedStream, leads: true, audited: ofStream, call: streamPath("/resume") },
  ],
  "POST /api/streams/:name/reset": [{
    ...operate,
    status: 200,
    given: pausedStream,
    leads: true,
    audited: ofStream,
    call: ({ key }) => post(`/api/streams/${key}/reset`, { eventId: 5 }),
  }],
  "POST /api/streams/:name/events": [{
    ...submit,
    status: 202,
    given: stream,
    leads: true,
    audited: ofStream,
    call: ({ key }) => post(`/api/streams/${key}/events`, { ScanEvents: [SCAN] }),
  }],
  "GET /api/parcels": [{ ...read, given: parcel, call: () => ({ path: "/api/parcels" }) }],
  "GET /api/parcels.csv": [{ ...read, given: parcel, call: () => ({ path: "/api/parcels.csv" }) }],
  "GET /api/parcels/counts": [{ ...read, given: streamWithParcel, call: () => ({ path: "/api/parcels/counts" }) }],
  "GET /api/parcels/:id": [{ ...read, given: parcel, leads: true, call: parcelPath() }],
  "GET /api/parcels/:id/history": [{ ...read, given: parcel, leads: true, call: parcelPath("/history") }],
  "GET /api/employee-uploads": [{ ...read, given: stagedUpload, call: () => ({ path: "/api/employee-uploads" }) }],
  "POST /api/employee-uploads": [{
    ...submit,
    status: 201,
    audited: (_, text) => `employee-upload/${JSON.parse(text).id}`,
    call: employeeFile,
  }],
  "GET /api/employee-uploads/:id": [{ ...read, given: stagedUpload, leads: true, call: uploadPath() }],
  "POST /api/employee-uploads/:id/cancel": [
    { ...operate, status: 200, given: stagedUpload, leads: true, audited: ofUpload, call: uploadPath("/cancel") },
  ],
  "GET /api/employee-uploads/:id/rejected": [
    { ...read, given: processedUpload, leads: true, call: uploadPath("/rejected") },
  ],
  "GET /api/employee-uploads/:id/rejected.csv": [
    { ...read, given: processedUpload, leads: true, call: uploadPath("/rejected.csv") },
  ],
  "GET /api/employees": [{ ...read, given: employee, call: () => ({ path: "/api/employees" }) }],
  "GET /api/employees/:number": [
    { ...read, given: employee, leads: true, call: ({ key }) => ({ path: `/api/employees/${key}` }) },
  ],
  "GET /api/financial-sync": [
    { ...read, shows: false, given: enabledSync, call: () => ({ path: "/api/financial-sync" }) },
  ],
  "POST /api/financial-sync": [{
    ...submit,
    status: 200,
    audited: () => "financial-sync/main",
    call: () => post("/api/financial-sync", { everyMs: 86_400_000 }),
  }],
  "DELETE /api/financial-sync": [{
    ...operate,
    status: 204,
    given: enabledSync,
    audited: () => "financial-sync/main",
    call: () => ({ path: "/api/financial-sync" }),
  }],
  "POST /api/financial-sync/sync": [{
    ...submit,
    status: 202,
    audited: () => "financial-sync/main",
    call: () => ({ path: "/api/financial-sync/sync" }),
  }],
  "GET /api/transactions": [{ ...read, given: transaction, call: () => ({ path: "/api/transactions" }) }],
  "GET /api/transactions/totals": [{ ...read, given: transaction, call: () => ({ path: "/api/transactions/totals" }) }],
  "GET /api/catalog": [{ ...read, shows: false, ofServer: true, call: () => ({ path: "/api/catalog" }) }],
  "GET /api/catalog/categories": [catalogRead("/categories")],
  "GET /api/catalog/brands": [catalogRead("/brands")],
  "GET /api/catalog/brands/:id": [{
    ...read,
    shows: false,
    ofServer: true,
    given: catalogBrand,
    call: ({ key }) => ({ path: `/api/catalog/brands/${key}` }),
  }],
  "GET /api/catalog/products": [catalogRead("/products")],
  "GET /api/catalog/cycles": [catalogRead("/cycles")],
  "GET /api/catalog/set-aside": [catalogRead("/set-aside")],
  "POST /api/catalog/sync": [{
    ...byPlatform,
    status: 202,
    audited: () => "catalog/main",
    call: () => ({ path: "/api/catalog/sync" }),
  }],
  "GET /api/customers": [{ ...read, given: customer, call: () => ({ path: "/api/customers" }) }],
  "POST /api/customers": [{
    ...submit,
    status: 201,
    audited: (_, text) => `customer/${JSON.parse(text).id}`,
    call: customerOrder,
  }],
  "GET /api/customers/:id": [{ ...read, given: customer, leads: true, call: customerPath() }],
  ...Object.fromEntries(["PUT", "PATCH"].map((method) => [`${method} /api/customers/:id`, [{
    ...submit,
    status: 200,
    given: customer,
    leads: true,
    audited: ofCustomer,
    call: changedCustomer,
  }]])),
  "DELETE /api/customers/:id": [
    { ...operate, status: 204, given: customer, leads: true, audited: ofCustomer, call: customerPath() },
  ],
  "GET /api/mail": [{ ...read, given: keptLetter, call: () => ({ path: "/api/mail" }) }],
  "GET /api/mail/:id": [{ ...read, given: keptLetter, leads: true, call: mailPath }],
  "GET /api/customer-actions": [
    { ...read, given: customerAction, call: () => ({ path: "/api/customer-actions" }) },
  ],
  "POST /api/customer-actions": [{
    ...submit,
    status: 201,
    audited: (_, text) => `customer-action/${JSON.parse(text).id}`,
    call: actionOrder,
  }],
  "GET /api/customer-actions/:id": [{ ...read, given: customerAction, leads: true, call: actionPath() }],
  "POST /api/customer-actions/:id/cancel": [{
    ...operate,
    status: 200,
    given: customerAction,
    leads: true,
    audited: ofAction,
    call: actionPath("/cancel"),
  }],
  "GET /api/orders": [{ ...read, given: orderOfCards, call: () => ({ path: "/api/orders" }) }],
  "POST /api/orders": [{
    ...submit,
    status: 201,
    audited: (_, text) => `order/${JSON.parse(text).requestId}`,
    call: cardOrder,
  }],
  "GET /api/orders/:requestId": [
    { ...read, given: orderOfCards, leads: true, call: ({ key }) => ({ path: `/api/orders/${key}` }) },
  ],
  "GET /api/audit": [{ ...read, access: "admin", given: auditedAct, call: () => ({ path: "/api/audit" }) }],
  "GET /api/notifications/stream": [
    { ...read, given: finishedJob, call: () => ({ path: "/api/notifications/stream?lastEventId=0" }) },
  ],
  // Who may is told that this is no way to open a socket.
  "GET /api/notifications/ws": [
    { access: "viewer", status: 426, ofServer: true, call: () => ({ path: "/api/notifications/ws" }) },
  ],
  "POST /api/notifications/tickets": [
    {
      access: "viewer",
      status: 201,
      audited: () => "ticket/viewer@acme",
      call: () => ({ path: "/api/notifications/tickets" }),
    },
  ],
  "POST /api/session": [{
    access: "viewer",
    status: 200,
    audited: () => "session/viewer@acme",
    call: () => ({ path: "/api/session" }),
  }],
  "GET /api/session": [{ access: "viewer", status: 200, call: () => ({ path: "/api/session" }) }],
  // Without a cookie there is none to end.
  "DELETE /api/session": [{ access: "viewer", status: 204, audited: "never", call: () => ({ path: "/api/session" }) }],
  "GET /api/subscriptions": [{ ...read, given: subscription, call: () => ({ path: "/api/subscriptions" }) }],
  "POST /api/subscriptions": [{
    ...operate,
    status: 201,
    audited: (_, text) => `subscription/${JSON.parse(text).id}`,
    call: () => {
      const target = { kind: "tally", key: `made-${`${++names}`.padStart(26, "0")}`, message: "event" };
      return post("/api/subscriptions", { eventType: "customer.created", target });
    },
  }],
  "GET /api/subscriptions/:id": [{ ...read, given: subscription, leads: true, call: subscriptionPath }],
  "DELETE /api/subscriptions/:id": [{
    ...operate,
    status: 204,
    given: subscription,
    leads: true,
    audited: ({ id }) => `subscription/${id}`,
    call: subscriptionPath,
  }],
  "GET /api/keys": [{ access: "admin", status: 200, shows: true, given: apiKey, call: () => ({ path: "/api/keys" }) }],
  "POST /api/keys": [
    {
      access: "admin",
      status: 201,
      audited: (_, text) => `api-key/${JSON.parse(text).id}`,
      call: () => post("/api/keys", { name: "nightly", role: "viewer" }),
    },
  ],
  "POST /api/keys/:id/rotate": [{
    access: "admin",
    status: 200,
    audited: ofKey,
    given: apiKey,
    leads: true,
    call: key("/rotate"),
  }],
  "DELETE /api/keys/:id": [{ access: "admin", status: 204, audited: ofKey, given: apiKey, leads: true, call: key() }],
  "GET /api/tenants": [{
    ...byPlatform,
    status: 200,
    shows: true,
    given: registeredTenant,
    call: () => ({ path: "/api/tenants?limit=200" }),
  }],
  "POST /api/tenants": [{
    ...byPlatform,
    status: 201,
    audited: (_, text) => `tenant/${JSON.parse(text).id}`,
    call: tenantOrder,
  }],
  "GET /api/tenants/:id": [{ ...byPlatform, status: 200, shows: true, given: registeredTenant, call: tenantPath() }],
  "GET /api/tenants/:id/usage": [{
    ...byPlatform,
    status: 200,
    given: registeredTenant,
    call: tenantPath("/usage"),
  }],
  "PATCH /api/tenants/:id": [{
    ...byPlatform,
    status: 200,
    given: registeredTenant,
    audited: ofTenant,
    call: ({ id }) => ({ ...post(`/api/tenants/${id}`, { settings: { weight: 3 } }) }),
  }],
  "DELETE /api/tenants/:id": [{
    ...byPlatform,
    status: 202,
    given: leavingTenant,
    audited: ofTenant,
    call: ({ id, key }) => ({ path: `/api/tenants/${id}?confirm=${key}` }),
  }],
  "POST /api/tenants/:id/suspend": [{
    ...byPlatform,
    status: 200,
    given: registeredTenant,
    audited: ofTenant,
    call: tenantPath("/suspend"),
  }],
  "POST /api/tenants/:id/resume": [{
    ...byPlatform,
    status: 200,
    given: suspendedTenant,
    audited: ofTenant,
    call: tenantPath("/resume"),
  }],
  "GET /api/nodes": [{ access: "platform", status: 200, ofServer: true, call: () => ({ path: "/api/nodes" }) }],
  "POST /api/nodes/:node/drain": [{
    access: "platform",
    status: 200,
    ofServer: true,
    given: takingNode,
    audited: () => "node/test",
    call: () => ({ path: "/api/nodes/test/drain" }),
  }],
  "POST /api/nodes/:node/undrain": [{
    access: "platform",
    status: 200,
    ofServer: true,
    given: drainedNode,
    audited: () => "node/test",
    call: () => ({ path: "/api/nodes/test/undrain" }),
  }],
  "GET /health": anyone("/health"),
  "GET /health/ready": anyone("/health/ready"),
  "GET /health/live": anyone("/health/live"),
  "GET /metrics": [{ access: "platform", status: 200, ofServer: true, call: () => ({ path: "/metrics" }) }],
  "GET /openapi.json": [{ access: "viewer", status: 200, ofServer: true, call: () => ({ path: "/openapi.json" }) }],
  "GET /console": [{ access: "viewer", status: 200, ofServer: true, call: () => ({ path: "/console" }) }],
  "GET /console/jobs": [{ ...read, given: finishedJob, call: () => ({ path: "/console/jobs" }) }],
  "GET /console/jobs/new": [{ ...operate, status: 200, ofServer: true, call: () => ({ path: "/console/jobs/new" }) }],
  "GET /console/jobs/:id": [{
    ...read,
    given: finishedJob,
    leads: true,
    call: ({ id }) => ({ path: `/console/jobs/${id}` }),
  }],
  "GET /console/dead-letters": [{ ...read, given: failedJob, call: () => ({ path: "/console/dead-letters" }) }],
  "GET /console/live": [{ access: "viewer", status: 200, ofServer: true, call: () => ({ path: "/console/live" }) }],
  "GET /console/actors": [{ ...read, given: listedActor, call: () => ({ path: "/console/actors?kind=tally" }) }],
  "GET /console/actors/:kind/:key": [{
    ...read,
    given: listedActor,
    leads: true,
    call: ({ key }) => ({ path: `/console/actors/tally/${key}` }),
  }],
  "GET /console/streams": [{ ...read, given: stream, call: () => ({ path: "/console/streams" }) }],
  "GET /console/schedules": [{ ...read, given: schedule, call: () => ({ path: "/console/schedules" }) }],
  "GET /console/schedules/:name": [{
    ...read,
    given: schedule,
    leads: true,
    call: ({ key }) => ({ path: `/console/schedules/${key}` }),
  }],
  "GET /console/tenants": [{
    ...byPlatform,
    status: 200,
    shows: true,
    given: registeredTenant,
    call: () => ({ path: "/console/tenants" }),
  }],
  "GET /console/nodes": [{ ...byPlatform, status: 200, call: () => ({ path: "/console/nodes" }) }],
  "GET /console/audit": [{ ...read, access: "admin", given: auditedAct, call: () => ({ path: "/console/audit" }) }],
  // What is not there is not there for those who may look.
  "GET /console/*": [{ access: "viewer", status: 404, ofServer: true, call: () => ({ path: "/console/nowhere" }) }],
  "GET /docs": anyone("/docs"),
  "GET /docs/:file": anyone("/docs/start.js"),
};

/** Those of the page's files, one of which is like another. */
export function isPageFile({ method, path }: { method: string; path: string }): boolean {
  return method === "GET" &&
    (["/", "/mail", "/streams", "/sign-in", "/notifications/sse", "/notifications/ws"].includes(path) ||
      /^\/(favicon|assets\/[a-z_]+)\.[a-z]+$/.test(path));
}

/** @throws {Error} when the route has no row here */
export function examplesOf({ method, path }: { method: string; path: string }): readonly Example[] {
  if (isPageFile({ method, path })) return anyone(path);
  const examples = EXAMPLES[`${method} ${path}`];
  if (examples === undefined) throw new Error(`${method} ${path} has no row in tests/support/access_examples.ts`);
  return examples;
}

/** The routes that have rows, to find those that are no more. */
export const EXEMPLIFIED: readonly string[] = Object.keys(EXAMPLES);
