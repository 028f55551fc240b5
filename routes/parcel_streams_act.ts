import { type RouteHandler, z } from "@hono/zod-openapi";
import { streamAt } from "../actors/parcel_stream/messages.ts";
import type { StreamRow } from "../actors/parcel_stream/rows.ts";
import { parcelTables } from "../actors/parcel_stream/tables.ts";
import { type Address, type Deed, RuntimeError, type System } from "../runtime/mod.ts";
import { createRoute } from "./access/create_route.ts";
import type { AppEnv, Deps } from "./env.ts";
import { currentView, noStream, streamOf, streamParams, streamView } from "./parcel_streams_view.ts";
import { problems } from "./problem_schema.ts";

const stream = { "application/json": { schema: streamView } };

export const pauseRoute = createRoute({
  method: "post",
  path: "/api/streams/{name}/pause",
  access: "operator",
  operationId: "pauseParcelStream",
  tags: ["parcel streams"],
  summary: "Read no more from the source until the stream is resumed",
  description:
    "A page that is being applied is committed whole or not at all. Pushed events are still taken. A second " +
    "call changes nothing.",
  request: { params: streamParams },
  responses: { 200: { description: "The stream, paused", content: stream }, ...problems },
});

export function pause({ system, deedOf }: Deps): RouteHandler<typeof pauseRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const row = await streamOf(system, tenant, name);
    if (row.status !== "paused") await decide(system, row, { write: "paused", deed: deedOf(c, `stream/${name}`) });
    return c.json(await currentView(system, tenant, name), 200);
  };
}

export const resumeRoute = createRoute({
  method: "post",
  path: "/api/streams/{name}/resume",
  access: "operator",
  operationId: "resumeParcelStream",
  tags: ["parcel streams"],
  summary: "Let a paused or parked stream go on from its checkpoint",
  description: "One that is failing asks its source again at once. Of one that is running nothing changes.",
  request: { params: streamParams },
  responses: { 200: { description: "The stream, running", content: stream }, ...problems },
});

export function resume({ system, deedOf }: Deps): RouteHandler<typeof resumeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const row = await streamOf(system, tenant, name);
    const address = streamAt(tenant, name);
    const isParked = await isParkedNow(system, address);
    const deed = deedOf(c, `stream/${name}`);
    if (isParked || row.status !== "running") await decide(system, row, { write: "resumed", deed });
    // The row first: an actor that goes on reads it.
    if (isParked) await system.control.resume(address, { by: deed.by, rows: [] }).catch(passResumed);
    return c.json(await currentView(system, tenant, name), 200);
  };
}

export const resetRoute = createRoute({
  method: "post",
  path: "/api/streams/{name}/reset",
  access: "operator",
  operationId: "resetParcelStream",
  tags: ["parcel streams"],
  summary: "Set a stream's checkpoint: it goes on with the event after this id",
  description: "0 reads everything again. Events that were applied before change nothing when they come again. A " +
    "paused stream stays so.",
  request: {
    params: streamParams,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({
            eventId: z.int().min(0).max(Number.MAX_SAFE_INTEGER - 1).openapi({
              description: "The new checkpoint",
              example: 0,
            }),
          }).openapi("ParcelStreamReset"),
        },
      },
    },
  },
  responses: { 200: { description: "The stream", content: stream }, ...problems },
});

export function reset({ system, deedOf }: Deps): RouteHandler<typeof resetRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const { eventId: checkpoint } = c.req.valid("json");
    const row = await streamOf(system, tenant, name);
    await decide(system, row, { write: "reset", args: { checkpoint }, deed: deedOf(c, `stream/${name}`) });
    return c.json(await currentView(system, tenant, name), 200);
  };
}

export const removeRoute = createRoute({
  method: "delete",
  path: "/api/streams/{name}",
  access: "operator",
  operationId: "deleteParcelStream",
  tags: ["parcel streams"],
  summary: "Delete a stream, and what it knows of its parcels",
  description: "It is gone at once; its parcels and their scans go in steps, soon after.",
  request: { params: streamParams },
  responses: { 204: { description: "It is gone" }, ...problems },
});

export function remove({ system, deedOf }: Deps): RouteHandler<typeof removeRoute, AppEnv> {
  return async (c) => {
    const { tenant } = c.var;
    const { name } = c.req.valid("param");
    const row = await streamOf(system, tenant, name);
    const address = streamAt(tenant, name);
    const isParked = await isParkedNow(system, address);
    const deed = deedOf(c, `stream/${name}`);
    await decide(system, row, { write: "removed", deed });
    // A parked actor would keep what it is to remove.
    if (isParked) await system.control.resume(address, { by: deed.by, rows: [] }).catch(passResumed);
    return c.body(null, 204);
  };
}

/** Changes the row as it was read, and tells the stream's actor so: both or none. */
async function decide(
  system: System,
  { tenant, name, epoch, consumers }: StreamRow,
  { write, args = {}, deed: { by, rows } }: {
    write: "paused" | "resumed" | "reset" | "removed";
    args?: { readonly checkpoint?: number };
    deed: Deed;
  },
): Promise<void> {
  const decided = write === "removed" ? { name, epoch } : { name, epoch, at: system.now(), ...args };
  const row = { tables: parcelTables.name, write: parcelTables.writes[write].name, args: decided };
  const command = write === "removed"
    ? { message: "remove", payload: { consumers } }
    : { message: "poll", payload: { epoch: epoch + 1 } };
  await system.tellAll([{ to: streamAt(tenant, name), ...command }], { deed: { by, rows: [row, ...rows] } })
    .catch(async (thrown: unknown) => {
      if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
      if (await system.point(tenant, parcelTables.queries.stream, { name }) === null) throw noStream();
      throw new RuntimeError("conflict", "Somebody has decided on this stream at the same time: look, and try again");
    });
}

async function isParkedNow(system: System, address: Address): Promise<boolean> {
  const found = await system.inspect(address);
  return found !== null && found.parked !== null;
}

/** Somebody has resumed it before. */
function passResumed(thrown: unknown): void {
  if (!(thrown instanceof RuntimeError && thrown.code === "conflict")) throw thrown;
}
