import type { Access } from "../../routes/access/principal.ts";
import type { AccessRig, Call } from "./access_rig.ts";
import { frail } from "./registry/system_families.ts";
import { tally } from "./registry/system_registry.ts";

/** What a path leads to. */
export interface Thing {
  readonly id: string;
  readonly key: string;
  /** By which an answer can be told to speak of it. */
  readonly mark: string;
}

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
}

export const NOTHING: Thing = { id: "01JD9ZK5T3M6X8QV2N4B7C1RSW", key: "nobody", mark: "nothing" };

const JSON_TYPE = { "content-type": "application/json" };
const post = (path: string, body: unknown) => ({ path, headers: JSON_TYPE, body: JSON.stringify(body) });

let made = 0;
const nextKey = (tenant: string): string => `${tenant}-${++made}`;

/** A job that has succeeded. */
async function finishedJob({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, text] = [system.createId(), nextKey(tenant)];
  const done = recorder.next("turn.committed", ({ key }) => key === id);
  await system.tell({ tenant, kind: "echo", key: id }, "run", { text }, { fresh: true });
  await done;
  return { id, key: id, mark: id };
}

/** A job that has failed for good: a dead letter. */
async function failedJob({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const id = system.createId();
  const dead = recorder.next("message.dead-lettered", ({ key }) => key === id);
  await system.tell({ tenant, kind: "flaky", key: id }, "run", { failures: 1, terminal: true }, { fresh: true });
  await dead;
  return { id, key: id, mark: id };
}

/** A job that waits for tomorrow. */
async function waitingJob({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const id = system.createId();
  const payload = { text: nextKey(tenant) };
  await system.tell({ tenant, kind: "echo", key: id }, "run", payload, { fresh: true, delayMs: 86_400_000 });
  return { id, key: id, mark: id };
}

/** A message that was given up. */
async function deadMessage({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, key] = [system.createId(), nextKey(tenant)];
  const dead = recorder.next("message.dead-lettered", ({ messageId }) => messageId === id);
  await system.tell(tally.at(tenant, key), "giveUp", {}, { messageId: id });
  await dead;
  return { id, key, mark: id };
}

/** An actor with state, whose count is the mark. */
async function actor({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const key = nextKey(tenant);
  const count = 1_000_000 + made;
  const done = recorder.next("turn.committed", (turn) => turn.key === key);
  await system.tell(tally.at(tenant, key), "add", { by: count });
  await done;
  return { id: key, key, mark: `${count}` };
}

async function listedActor(rig: AccessRig, tenant: string): Promise<Thing> {
  const thing = await actor(rig, tenant);
  return { ...thing, mark: thing.key };
}

async function parkedActor({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const key = nextKey(tenant);
  const parked = recorder.next("actor.parked", (told) => told.key === key);
  await system.tell(frail.at(tenant, key), "work", { name: "hopeless", failures: 3 });
  await parked;
  return { id: key, key, mark: key };
}

async function pausedKind({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  await system.control.resumeKind(tenant, "echo", mark);
  await system.control.pauseKind(tenant, "echo", mark);
  return { id: mark, key: mark, mark };
}

/** A key of the tenant's admin. */
async function apiKey(rig: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  const { text } = await rig.send(
    { method: "POST", ...post("/api/keys", { name: mark, role: "viewer" }) },
    await rig.as("admin", tenant),
  );
  return { id: JSON.parse(text).id, key: mark, mark };
}

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
    call: () => post("/api/jobs", { type: "echo", payload: { text: "a" } }),
  }],
  "POST /api/jobs/batch": [{
    ...operate,
    status: 201,
    call: () => post("/api/jobs/batch", { jobs: [{ type: "echo", payload: { text: "a" } }] }),
  }],
  "POST /api/jobs/import": [{
    ...operate,
    status: 201,
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
  "POST /api/jobs/:id/cancel": [{ ...operate, status: 200, given: waitingJob, leads: true, call: job("/cancel") }],
  "POST /api/jobs/:id/retry": [{ ...operate, status: 202, given: finishedJob, leads: true, call: job("/retry") }],
  "GET /api/dead-letters": [
    { ...read, given: failedJob, call: () => ({ path: "/api/dead-letters" }) },
    { ...read, given: deadMessage, call: () => ({ path: "/api/dead-letters" }) },
  ],
  "GET /api/dead-letters/:id": [
    { ...read, given: failedJob, leads: true, call: letter() },
    { ...read, given: deadMessage, leads: true, call: letter() },
  ],
  "POST /api/dead-letters/:id/retry": [
    { ...operate, status: 202, given: failedJob, leads: true, call: letter("/retry") },
    { ...operate, status: 202, given: deadMessage, leads: true, call: letter("/retry") },
  ],
  "DELETE /api/dead-letters/:id": [
    { ...operate, status: 204, given: failedJob, leads: true, call: letter() },
    { ...operate, status: 204, given: deadMessage, leads: true, call: letter() },
  ],
  "GET /api/kinds": [{ ...read, given: pausedKind, call: () => ({ path: "/api/kinds" }) }],
  "POST /api/kinds/:kind/pause": [{ access: "admin", status: 200, call: () => ({ path: "/api/kinds/echo/pause" }) }],
  "POST /api/kinds/:kind/resume": [
    { access: "admin", status: 200, given: pausedKind, call: () => ({ path: "/api/kinds/echo/resume" }) },
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
    call: ({ key }) => ({ path: `/api/actors/frail/${key}/resume` }),
  }],
  // Whom nobody has written to yet can be written to, and asked.
  "POST /api/actors/:kind/:key/:name": [{
    ...operate,
    status: 202,
    given: actor,
    call: ({ key }) => post(`/api/actors/tally/${key}/add`, { by: 1 }),
  }],
  "GET /api/actors/:kind/:key/:name": [
    { ...read, given: actor, call: ({ key }) => ({ path: `/api/actors/tally/${key}/count` }) },
  ],
  "GET /api/notifications/stream": [
    { ...read, given: finishedJob, call: () => ({ path: "/api/notifications/stream?lastEventId=0" }) },
  ],
  "POST /api/notifications/tickets": [
    { access: "viewer", status: 201, call: () => ({ path: "/api/notifications/tickets" }) },
  ],
  "POST /api/session": [{ access: "viewer", status: 200, call: () => ({ path: "/api/session" }) }],
  "GET /api/session": [{ access: "viewer", status: 200, call: () => ({ path: "/api/session" }) }],
  "DELETE /api/session": [{ access: "viewer", status: 204, call: () => ({ path: "/api/session" }) }],
  "GET /api/keys": [{ access: "admin", status: 200, shows: true, given: apiKey, call: () => ({ path: "/api/keys" }) }],
  "POST /api/keys": [
    { access: "admin", status: 201, call: () => post("/api/keys", { name: "nightly", role: "viewer" }) },
  ],
  "POST /api/keys/:id/rotate": [{ access: "admin", status: 200, given: apiKey, leads: true, call: key("/rotate") }],
  "DELETE /api/keys/:id": [{ access: "admin", status: 204, given: apiKey, leads: true, call: key() }],
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
