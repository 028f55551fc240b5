import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { type Clock, InvalidError, RuntimeError } from "../runtime/mod.ts";
import { idempotencyOf } from "./idempotency.ts";
import { type NdjsonLine, ndjsonParts, type RefusedLine } from "./ndjson.ts";
import { problemOf, Refusal } from "./problem.ts";

/** Refused lines that are listed. */
const MOST_REFUSALS = 1_000;
const MOST_TRIES = 5;
const REASON_CHARS = 300;

/** What became of the lines of a body. */
export const intakeView = z.object({
  lines: z.number().int().openapi({ description: "That were not blank" }),
  accepted: z.number().int().openapi({ description: "Each is on disk" }),
  repeated: z.number().int().openapi({ description: "That were accepted before: nothing has changed by them" }),
  refused: z.number().int().openapi({ description: "Each alone, with its reason" }),
  refusals: z.array(z.object({ line: z.number().int(), reason: z.string() })).openapi({
    description: `The first ${MOST_REFUSALS} of those refused, in order`,
  }),
}).openapi("Intake");

export type IntakeView = z.infer<typeof intakeView>;

/** Of what is made under ids of its own. */
export const repeatHeader = z.object({
  "Idempotency-Key": z.string().optional().openapi({
    description: "Things without an id get the same ones in a repeat with the same key and order",
  }),
});

/** A line that can be taken. */
export interface Given<Order> {
  readonly line: number;
  readonly order: Order;
}

/** What was done with the lines of a part. */
export interface Taken {
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: readonly RefusedLine[];
}

interface Intake<Order> {
  readonly schema: z.ZodType<Order>;
  readonly clock: Clock;
  /** Takes a part in, in one commit. */
  readonly take: (part: readonly Given<Order>[]) => Promise<Taken>;
}

/**
 * Takes a body in part by part, each durable before the next: what is wrong with a line refuses that line alone.
 * @throws {Refusal} where it cannot go on; says how far it was, since what was taken stays
 */
export async function takeLines<Order>(
  request: Request,
  { schema, clock, take }: Intake<Order>,
): Promise<IntakeView> {
  const view = { lines: 0, accepted: 0, repeated: 0, refused: 0, refusals: [] as RefusedLine[] };
  const refuse = (all: readonly RefusedLine[]) => {
    view.refused += all.length;
    view.refusals.push(...all.slice(0, MOST_REFUSALS - view.refusals.length));
  };
  try {
    for await (const part of ndjsonParts(request, { clock })) {
      const { good, bad } = parsed(part, schema);
      const { accepted, repeated, refused } = await take(good);
      view.lines += part.length;
      view.accepted += accepted;
      view.repeated += repeated;
      refuse([...bad, ...refused].sort((one, other) => one.line - other.line));
    }
    return view;
  } catch (thrown) {
    throw view.accepted === 0 ? thrown : brokenOff(thrown, view);
  }
}

/** Asks for as many as are to be taken, however often that is tried. */
export function admitOnce(admit: (count: number) => void | Promise<void>): (count: number) => Promise<void> {
  let admitted = 0;
  return async (count) => {
    if (count <= admitted) return;
    await admit(count - admitted);
    admitted = count;
  };
}

/** Tries again when somebody has taken the same in meanwhile: it is found there then. */
export async function takeUndisturbed<Answer>(take: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1;; tries++) {
    try {
      return await take();
    } catch (thrown) {
      const isTaken = thrown instanceof RuntimeError && ["constraint", "conflict"].includes(thrown.code);
      if (!isTaken || tries === MOST_TRIES) throw thrown;
    }
  }
}

/**
 * Gives things their ids that bring none: new ones, or, of a request with an `Idempotency-Key`, such as follow from the key
 * and the line, so that a repeat means the same things.
 * @throws {Refusal} 400 when the key is not spelt as one may be
 */
export async function idsFrom(key: string | undefined, createId: () => string): Promise<(line: number) => string> {
  if (await idempotencyOf(key, { scope: "", request: null }) === undefined) return createId;
  return (line) => createHash("sha256").update(`${key}\n${line}`).digest("hex").slice(0, 32);
}

function parsed<Order>(
  part: readonly NdjsonLine[],
  schema: z.ZodType<Order>,
): { good: readonly Given<Order>[]; bad: readonly RefusedLine[] } {
  const good: Given<Order>[] = [];
  const bad: RefusedLine[] = [];
  for (const line of part) {
    if ("reason" in line) {
      bad.push(line);
      continue;
    }
    const { success, data, error } = schema.safeParse(line.value);
    if (success) good.push({ line: line.line, order: data });
    else bad.push({ line: line.line, reason: reasonOf(error) });
  }
  return { good, bad };
}

function reasonOf(error: z.ZodError): string {
  const faults = new InvalidError("The line", error).faults.map(({ pointer, detail }) => `${pointer} ${detail}`.trim());
  return faults.join("; ").slice(0, REASON_CHARS).toWellFormed();
}

function brokenOff(thrown: unknown, { lines, accepted }: { lines: number; accepted: number }): unknown {
  const { status, detail } = problemOf(thrown);
  if (status === 500) return thrown;
  const so =
    `${accepted} of the first ${lines} lines were accepted, and stay so: send the lines again, by the same ids`;
  return new Refusal(status, `${detail}. ${so}`, thrown instanceof Refusal ? { headers: thrown.headers } : {});
}
