import { z } from "@hono/zod-openapi";
import type { ActorSight, Parked } from "../runtime/mod.ts";
import { iso } from "./instant.ts";

const instant = z.iso.datetime();

const parkedView = z.object({
  at: instant.openapi({ description: "Since when" }),
  reason: z.string().openapi({
    description: "What went wrong",
    example: "21 failed attempts within 60 s; the last: The ledger is closed",
  }),
  because: z.string().nullable().openapi({
    description: "`kind/key` of the sibling whose parking parked it; null when its own failures did",
  }),
});

/** Why an actor takes no turns, or null when it does. */
export const parkedOrNot = parkedView.nullable().openapi({
  description: "It failed too often in too short a time and takes no turns until it is resumed",
});

const updatedAt = instant.nullable().openapi({ description: "When its state last changed; null when it has none" });
const running = z.boolean().openapi({ description: "A message of it is being handled" });
const version = z.number().int().openapi({ description: "How often the state has changed" });

/** What is committed of one actor. */
export const actorView = z.object({
  state: z.unknown().openapi({ description: "Null when it has none" }),
  version,
  updatedAt,
  mailboxDepth: z.number().int().openapi({ description: "Messages that are not handled yet" }),
  running,
  parked: parkedOrNot,
}).openapi("Actor");

/** One actor of a list, without its state. */
export const actorSightView = z.object({
  kind: z.string().openapi({ description: "What it is", example: "counter" }),
  key: z.string().openapi({ description: "Which of its kind", example: "main" }),
  status: z.enum(["parked", "waiting", "idle"]).openapi({
    description: "`parked`: it takes no turns until it is resumed; `waiting`: it has mail; `idle`: it has none",
  }),
  running,
  version,
  updatedAt,
  parent: z.object({ kind: z.string(), key: z.string() }).nullable().openapi({
    description: "The actor that spawned and supervises it",
  }),
  restarts: z.array(instant).openapi({ description: "When it lately failed and began anew, oldest first" }),
  parked: parkedOrNot,
}).openapi("ActorSight");

export function parkedOf(parked: Parked | null): z.infer<typeof parkedOrNot> {
  return parked && { at: iso(parked.at), reason: parked.reason, because: parked.because };
}

export function sightOf(sight: ActorSight, running: boolean): z.infer<typeof actorSightView> {
  const { kind, key, status, version, updatedAt, parent, restarts, parked } = sight;
  return {
    kind,
    key,
    status,
    running,
    version,
    updatedAt: updatedAt === null ? null : iso(updatedAt),
    parent,
    restarts: restarts.map(iso),
    parked: parkedOf(parked),
  };
}
