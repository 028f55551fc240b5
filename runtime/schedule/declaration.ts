import { z } from "zod";
import { KIND_PATTERN } from "../actor/address.ts";
import { parseWith } from "../actor/schema.ts";
import { RuntimeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import type { Schedule, ScheduleDeclaration, Tick } from "./contract.ts";
import type { DeclaredColumns, ScheduleRow, TickRow } from "./rows.ts";
import { shortestGapMs, timesOf } from "./timing.ts";

/** A message that is kept for as long as its schedule; of a page of schedules all are read. */
const PAYLOAD_BYTES = 64 * 1024;

const declaration = z.object({
  name: z.string().max(100).regex(KIND_PATTERN, "must be kebab-case"),
  timing: z.union([
    z.strictObject({ cron: z.string(), timeZone: z.string() }),
    z.strictObject({ everyMs: z.int() }),
  ]),
  target: z.object({ kind: z.string(), key: z.string().nullable(), message: z.string(), payload: z.unknown() }),
  catchUp: z.enum(["all", "latest", "skip"]),
  catchUpLimit: z.int().min(1).max(1_000),
  jitterMs: z.int().min(0),
  enabled: z.boolean(),
});

/**
 * What is wrong with a declaration, as far as that can be said without its target's kind.
 * @throws {InvalidError} and {RuntimeError} `invalid-message`, `too-large`
 */
export function checkDeclaration(declared: ScheduleDeclaration, now: number): void {
  parseWith(declaration, declared, "The schedule");
  timesOf(declared.timing, now);
  payloadText(declared);
  if (declared.jitterMs === 0) return;
  const mostMs = Math.floor(shortestGapMs(declared.timing, now) / 2);
  if (declared.jitterMs <= mostMs) return;
  throw new RuntimeError(
    "invalid-message",
    `A jitter of ${declared.jitterMs} ms is too much: at most half of what lies between two instants, ${mostMs} ms`,
  );
}

export function columnsOf(declared: ScheduleDeclaration): DeclaredColumns {
  const { timing, target } = declared;
  const isCron = "cron" in timing;
  return {
    cron: isCron ? timing.cron : null,
    timeZone: isCron ? timing.timeZone : null,
    everyMs: isCron ? null : timing.everyMs,
    kind: target.kind,
    key: target.key,
    message: target.message,
    payload: payloadText(declared),
    catchUp: declared.catchUp,
    catchUpLimit: declared.catchUpLimit,
    jitterMs: declared.jitterMs,
    enabled: declared.enabled ? 1 : 0,
  };
}

export function scheduleOf(row: ScheduleRow): Schedule {
  return {
    tenant: row.tenant,
    name: row.name,
    timing: timingOf(row),
    target: { kind: row.kind, key: row.key, message: row.message, payload: JSON.parse(row.payload) },
    catchUp: row.catchUp,
    catchUpLimit: row.catchUpLimit,
    jitterMs: row.jitterMs,
    enabled: row.enabled === 1,
    builtIn: row.builtIn === 1,
    nextAt: row.nextAt,
    last: row.last === null ? null : JSON.parse(row.last),
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

export function timingOf({ cron, timeZone, everyMs }: ScheduleRow): ScheduleDeclaration["timing"] {
  return cron === null ? { everyMs: everyMs! } : { cron, timeZone: timeZone! };
}

export function tickOf({ tenant: _, schedule: __, ...tick }: TickRow): Tick {
  return tick;
}

function payloadText({ target: { payload }, name }: ScheduleDeclaration): string {
  return toJson(payload, { what: `The message of the schedule ${name}`, limitBytes: PAYLOAD_BYTES });
}
