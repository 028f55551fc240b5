import { z } from "zod";
import {
  type ActorDeclaration,
  type Context,
  defineActor,
  type HandlerResult,
  isDecision,
  type Kind,
  type KindSchedule,
  RuntimeError,
  type Tables,
} from "../../runtime/authoring.ts";
import { jobJournal, journalWithInput } from "./journal.ts";
import { jobTables } from "./tables.ts";

/** What a job's `run` is given: `state` is its own, committed at each commit point, so a crash goes on from there. */
export type JobContext<S extends object = Record<never, never>> = Context & {
  readonly jobId: string;
  readonly state: S;
};

/** How a finished job's result is read in another form than JSON. */
export interface Rendering<R> {
  /** What a person is offered it as; by default its name in capitals. */
  readonly title?: string;
  readonly contentType: string;
  readonly render: (result: R) => string;
}

export interface JobDeclaration<P extends z.ZodType, R, S extends object> extends
  Pick<
    ActorDeclaration<S, Record<never, never>, Record<never, never>, string>,
    | "retry"
    | "timeoutMs"
    | "concurrency"
    | "permissions"
    | "priority"
    | "spawns"
    | "upstreams"
    | "userAddresses"
  > {
  /** Kebab-case; what `POST /api/jobs` calls `type`. */
  readonly type: string;
  readonly payload: P;
  readonly result: z.ZodType<R>;
  /** Only for jobs with commit points that hold on to where they are. */
  readonly state?: z.ZodType<S>;
  readonly initial?: NoInfer<S>;
  readonly tables?: readonly Tables[];
  /**
   * Only other actors make such jobs: nobody may submit one, or have a schedule do that. Those that there are can be read,
   * cancelled and retried like others. False by default.
   */
  readonly internal?: boolean;
  /** Each makes a job of the tenant `system`. */
  readonly schedules?: readonly Omit<KindSchedule, "key" | "message">[];
  /** The blob that a payload names; it is removed with the job. */
  readonly input?: (payload: z.output<P>) => string | undefined;
  /** By the name that `?format=` takes, besides `json`. */
  readonly renderings?: Readonly<Record<string, Rendering<NoInfer<R>>>>;
  run(payload: z.output<P>, context: JobContext<S>): HandlerResult;
}

/** A kind of actor that lives for one message, `run`, and is seen through `/api/jobs`. */
export type JobKind<P extends z.ZodType = z.ZodType, R = unknown, S extends object = object> =
  & Kind<S, { run: P }, Record<never, never>, string>
  & {
    readonly renderings: Readonly<Record<string, Rendering<R>>>;
    readonly internal: boolean;
  };

/**
 * Defines a type of job.
 * @example
 * ```ts ignore
 * export const greet = defineJob({
 *   type: "greet",
 *   payload: z.object({ name: z.string() }),
 *   result: z.object({ greeting: z.string() }),
 *   run: ({ name }) => ({ greeting: `Hello, ${name}` }),
 * });
 * ```
 */
export function defineJob<P extends z.ZodType, R, S extends object = Record<never, never>>(
  declared: JobDeclaration<P, R, S>,
): JobKind<P, R, S> {
  const { type, payload, result, state, initial, tables = [], input, renderings = {}, run, internal = false, ...rest } =
    declared;
  const { schedules = [], ...options } = rest;
  const messages: { run: z.ZodType } = { run: payload };
  const kind = defineActor({
    ...options,
    kind: type,
    state: state ?? (z.object({}) as unknown as z.ZodType<S>),
    initial: initial ?? ({} as S),
    messages,
    on: {
      run(current: S, given: unknown, context: Context) {
        const jobContext = Object.assign(context, { jobId: context.self.key, state: current });
        const returned = run(given as z.output<P>, jobContext);
        return checked(returned, result, type);
      },
    },
    tables: [jobTables, ...tables],
    journal: input === undefined ? jobJournal : journalWithInput(input as (payload: unknown) => string | undefined),
    restarts: null,
    outer: true,
    addressable: false,
    schedules: schedules.map((schedule) => ({ ...schedule, key: null, message: "run" as const })),
  });
  return { ...kind, renderings, internal } as unknown as JobKind<P, R, S>;
}

/** Sees to it that what the job gives back is what it declared, in whichever way it is written. */
function checked(returned: unknown, schema: z.ZodType, type: string): unknown {
  if (returned instanceof Promise) return returned.then((result) => checkResult(result, schema, type));
  if (isSteps(returned)) return checkedSteps(returned, schema, type);
  return checkResult(returned, schema, type);
}

type Steps = Generator<void, unknown, void> | AsyncGenerator<void, unknown, void>;

async function* checkedSteps(steps: Steps, schema: z.ZodType, type: string): AsyncGenerator<void, unknown, void> {
  return checkResult(yield* steps, schema, type);
}

function checkResult(result: unknown, schema: z.ZodType, type: string): unknown {
  if (isDecision(result)) return result;
  const parsed = schema.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new RuntimeError(
    "invalid-message",
    `The job type ${type} gave back what its result schema refuses: ${parsed.error.message}`,
  );
}

function isSteps(value: unknown): value is Steps {
  return typeof value === "object" && value !== null && "next" in value && typeof value.next === "function";
}

/** Whether a kind is a job type that people may submit. */
export function isSubmittable(kind: object): kind is JobKind {
  return isJobKind(kind) && !kind.internal;
}

/** Whether a kind is a job type. */
export function isJobKind(kind: object): kind is JobKind {
  return "renderings" in kind;
}
