import { z } from "@hono/zod-openapi";
import { isSubmittable } from "../actors/job/define_job.ts";
import { type AnyKind, InvalidError, type Registry, type ScheduleTarget } from "../runtime/mod.ts";
import { KEY } from "./actor_address.ts";
import { invalid, type Refusal } from "./problem.ts";

const name = z.string().min(1).max(100).optional();

/** To whom each tick sends what: `{type, payload}` for a job, `{kind, key, message, payload}` for an actor. */
export const givenTarget = z.strictObject({
  type: name.openapi({ description: "Each tick submits a job of this type", example: "report" }),
  kind: name.openapi({ description: "Instead of `type`: each tick sends to an actor of this kind" }),
  key: z.string().regex(KEY, "must be 1-200 of A-Z, a-z, 0-9 and . _ ~ : @ + -").nullable().optional().openapi({
    description: "Which of its kind; a new one each time when left out",
  }),
  message: name.openapi({ description: "One that the kind declares" }),
  payload: z.unknown().optional().openapi({ description: "As the type or the message wants it; `{}` when left out" }),
}).openapi({ description: "To whom each tick sends what" });

type GivenTarget = z.infer<typeof givenTarget>;

/** @throws {Refusal} 422 when nobody would take it */
export function targetIn(registry: Registry, given: GivenTarget): ScheduleTarget {
  if (given.kind === undefined) return jobIn(registry, given);
  if (given.type !== undefined) throw refused("/kind", "type and kind exclude each other");
  const kind = registry.kinds.get(given.kind);
  if (kind === undefined || !kind.addressable) {
    throw refused("/kind", mustBeOneOf(namesOf(registry, ({ addressable }) => addressable)));
  }
  const { key = null, message = "", payload = {} } = given;
  if (!Object.hasOwn(kind.messages, message)) throw refused("/message", mustBeOneOf(Object.keys(kind.messages)));
  mustFit(kind, message, payload);
  return { kind: kind.kind, key, message, payload };
}

function jobIn(registry: Registry, { type, key, message, payload = {} }: GivenTarget): ScheduleTarget {
  if (type === undefined) throw refused("/type", "must be there, or kind and message");
  if (message !== undefined) throw refused("/message", "is for an actor: a job has but one");
  if (key !== undefined) throw refused("/key", "is for an actor: each job has a key of its own");
  const kind = registry.kinds.get(type);
  if (kind === undefined || !isSubmittable(kind)) {
    throw refused("/type", mustBeOneOf(namesOf(registry, isSubmittable)));
  }
  mustFit(kind, "run", payload);
  return { kind: type, key: null, message: "run", payload };
}

function mustFit(kind: AnyKind, message: string, payload: unknown): void {
  const { success, error } = (kind.messages[message] as z.ZodType).safeParse(payload);
  if (success) return;
  const { faults } = new InvalidError("The payload is invalid", error);
  throw invalid(NO_TARGET, faults.map(({ pointer, detail }) => ({ pointer: `/target/payload${pointer}`, detail })));
}

const NO_TARGET = "Nobody would take what the schedule sends";

function refused(part: string, detail: string): Refusal {
  return invalid(NO_TARGET, [{ pointer: `/target${part}`, detail }]);
}

function mustBeOneOf(names: readonly string[]): string {
  return `must be one of ${names.join(", ")}`;
}

function namesOf({ kinds }: Registry, fits: (kind: AnyKind) => boolean): readonly string[] {
  return [...kinds.values()].filter(fits).map(({ kind }) => kind);
}
