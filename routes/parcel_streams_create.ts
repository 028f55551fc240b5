import { type RouteHandler, z } from "@hono/zod-openapi";
import { streamAt } from "../actors/parcel_stream/messages.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { checkUserUrl, type Fault, isReservedHeader, parseCidr, RuntimeError } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { currentView, mustFollowParcels, streamName, streamView } from "./parcel_streams_view.ts";
import { invalid } from "./problem.ts";
import { problems } from "./problem_schema.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const MOST_HEADERS = 20;

const headers = z.record(
  z.string().max(100).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "must be the name of a header")
    .refine((name) => !isReservedHeader(name), "is set by the connection"),
  z.string().max(1_024).regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII"),
).refine((all) => Object.keys(all).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS}`)
  .refine(areDistinct, "must not name a header twice");

const order = z.strictObject({
  name: streamName,
  baseUrl: z.string().max(2_048).openapi({
    description:
      "Absolute, http or https, without credentials, query and fragment: `?FromEventId=…&Limit=…` is put to it",
    example: "https://scans.example/v1/scans/scanevents",
  }),
  limit: z.int().min(1).max(1_000).default(1_000).openapi({ description: "Events of a page" }),
  pollIntervalMs: z.int().min(100).max(DAY_MS).default(5_000).openapi({
    description: "The longest wait after a page that was not full; a full one is followed by the next at once",
  }),
  lookBack: z.int().min(0).max(100_000).default(0).openapi({
    description: "So many ids before the checkpoint are read again each time, for sources whose ids appear late",
  }),
  consumers: z.int().min(0).max(64).default(0).openapi({
    description: "Hand the events on to so many actors by parcel, so that a slow parcel delays few; 0: apply them here",
  }),
  headers: headers.default({}).openapi({
    description: "Sent with each request, such as an API key; only the names are ever shown again",
    example: { "X-Api-Key": "secret" },
  }),
}).openapi("ParcelStreamOrder");

export const createStreamRoute = createRoute({
  method: "post",
  path: "/api/streams",
  access: "operator",
  operationId: "createParcelStream",
  tags: ["parcel streams"],
  summary: "Follow a Scan Event API from its first event on",
  description:
    "409 when there is a stream of this name. What the address resolves to is looked at with each request: " +
    "one that leads to a private network fails then.",
  request: { body: { required: true, content: { "application/json": { schema: order } } } },
  responses: {
    201: { description: "The stream, running", content: { "application/json": { schema: streamView } } },
    ...problems,
  },
});

export function create({ system, submissions, config, deedOf }: Deps): RouteHandler<typeof createStreamRoute, AppEnv> {
  const allowed = (config.egressAllow ?? []).map(parseCidr).filter((network) => network !== null);
  return async (c) => {
    mustFollowParcels(system);
    const { tenant, principal } = c.var;
    const { name, baseUrl, limit: pageLimit, headers, ...rest } = c.req.valid("json");
    const faults = faultsOf(baseUrl, allowed);
    if (faults.length > 0) throw invalid("The stream cannot read from there", faults);
    if (await system.point(tenant, parcelTables.queries.stream, { name }) !== null) throw taken();
    const args = {
      ...rest,
      name,
      baseUrl,
      headers: JSON.stringify(headers),
      pageLimit,
      checkpoint: 0,
      createdBy: principal.subject,
      createdAt: system.now(),
    };
    await submissions.take(tenant, 1);
    const { by, rows } = deedOf(c, `stream/${name}`);
    const created = { tables: parcelTables.name, write: parcelTables.writes.created.name, args };
    await system.tellAll([{ to: streamAt(tenant, name), message: "poll", payload: { epoch: 1 } }], {
      deed: { by, rows: [created, ...rows] },
    }).catch(blameName);
    return c.json(await currentView(system, tenant, name), 201, { Location: `/api/streams/${name}` });
  };
}

function faultsOf(text: string, allowed: Parameters<typeof checkUserUrl>[1]): readonly Fault[] {
  const fault = (detail: string) => [{ pointer: "/baseUrl", detail }];
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text)) return fault("must be an absolute http or https URL");
  if (/[?#]/.test(text)) return fault("must have no query and no fragment: send a header instead");
  try {
    checkUserUrl(url, allowed);
    return [];
  } catch (thrown) {
    if (thrown instanceof RuntimeError && thrown.code === "address-refused") return fault(thrown.message);
    throw thrown;
  }
}

function taken(): RuntimeError {
  return new RuntimeError("conflict", "There is a stream of this name: choose another one, or delete that");
}

/** Somebody has made one of this name at the same time. */
function blameName(thrown: unknown): never {
  throw thrown instanceof RuntimeError && thrown.code === "constraint" ? taken() : thrown;
}

/** Whatever their case, two names of one header are one. */
function areDistinct(all: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(all).map((name) => name.toLowerCase());
  return new Set(names).size === names.length;
}
