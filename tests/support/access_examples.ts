import type { Access } from "../../routes/access/principal.ts";
import type { AccessRig, Call } from "./access_rig.ts";
import {
  actor,
  apiKey,
  auditedAct,
  deadMessage,
  drainedNode,
  failedJob,
  finishedJob,
  listedActor,
  parkedActor,
  pausedKind,
  takingNode,
  type Thing,
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
}

const JSON_TYPE = { "content-type": "application/json" };
const post = (path: string, body: unknown) => ({ path, headers: JSON_TYPE, body: JSON.stringify(body) });

const ofJob = ({ id }: Thing) => `job/${id}`;
const ofKey = ({ id }: Thing) => `api-key/${id}`;
const ofLetter = ({ id }: Thing) => `dead-letter/${id}`;
const ofAnswer = (_: Thing, text: string) => `job/${JSON.parse(text).id}`;

const read = { access: "viewer", status: 200, shows: true } as const;
const operate = { access: "operator" } as const;
const anyone = (
  path: string,
): readonly Example[] => [{ access: "anyone", status: 200, ofServer: true, call: () => ({ path }) }];
const job = (path = "") => ({ id }: Thing) => ({ path: `/api/jobs/${id}${path}` });
const key = (path = "") => ({ id }: Thing) => ({ path: `/api/keys/${id.toLowerCase()}${path}` });
const letter = (path = "") => ({ id }: Thing) => ({ path: `/api/dead-letters/${id}${path}` });

/** Of every route, as the router spells it. Those of the page's files are in {@linkcode isPageFile}. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "POST /api/jobs": [{
    ...operate,
    status: 201,
    audited: ofAnswer,
    call: () => post("/api/jobs", { type: "echo", payload: { text: "a" } }),
  }],
  "POST /api/jobs/batch": [{
    ...operate,
    status: 201,
    audited: (_, text) => `job/${JSON.parse(text).items[0].id} +1`,
    call: () => post("/api/jobs/batch", { jobs: ["a", "b"].map((text) => ({ type: "echo", payload: { text } })) }),
  }],
  "POST /api/jobs/import": [{
    ...operate,
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
    ...operate,
    status: 202,
    given: finishedJob,
    leads: true,
    audited: ofJob,
    call: job("/retry"),
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
    { ...operate, status: 202, given: failedJob, leads: true, audited: ofJob, call: letter("/retry") },
    { ...operate, status: 202, given: deadMessage, leads: true, audited: ofLetter, call: letter("/retry") },
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
    ...operate,
    status: 202,
    given: actor,
    audited: ({ key }) => `tally/${key}`,
    call: ({ key }) => post(`/api/actors/tally/${key}/add`, { by: 1 }),
  }],
  "GET /api/actors/:kind/:key/:name": [
    { ...read, given: actor, call: ({ key }) => ({ path: `/api/actors/tally/${key}/count` }) },
  ],
  "GET /api/audit": [{ ...read, access: "admin", given: auditedAct, call: () => ({ path: "/api/audit" }) }],
  "GET /api/notifications/stream": [
    { ...read, given: finishedJob, call: () => ({ path: "/api/notifications/stream?lastEventId=0" }) },
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
  "GET /docs": anyone("/docs"),
  "GET /docs/:file": anyone("/docs/start.js"),
};

/** Those of the page's files, one of which is like another. */
export function isPageFile({ method, path }: { method: string; path: string }): boolean {
  return method === "GET" &&
    (path === "/" || path === "/sign-in" || /^\/(favicon|assets\/[a-z_]+)\.[a-z]+$/.test(path));
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
