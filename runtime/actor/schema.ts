import { z } from "zod";
import { RuntimeError } from "../core/errors.ts";

/** A step from one version to the next; steps are never removed, so any older text can still be read. */
export type Upgrade = (older: unknown) => unknown;

/** The current version: one more than the steps that lead to it. */
export function versionOf(steps: readonly Upgrade[] | undefined): number {
  return (steps?.length ?? 0) + 1;
}

/**
 * `value`, written at `version`, as the current program reads it.
 * @throws {RuntimeError} `storage-newer` when it was written by a newer program
 */
export function upgrade(value: unknown, version: number, steps: readonly Upgrade[] | undefined): unknown {
  if (version > versionOf(steps)) {
    throw new RuntimeError(
      "storage-newer",
      `Cannot read version ${version}: this program knows ${versionOf(steps)}; run the newer program`,
    );
  }
  return (steps ?? []).slice(version - 1).reduce((older, step) => step(older), value);
}

/** Whether a state of this schema can tell anything: one without properties is `{}`, whatever a handler does with it. */
export function holdsAnything(schema: z.ZodType): boolean {
  return !(schema instanceof z.ZodObject) || schema.def.catchall !== undefined || Object.keys(schema.shape).length > 0;
}

/** One fault of a value: where (JSON pointer) and what. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** A value that does not fit its schema; `faults` say where. */
export class InvalidError extends RuntimeError {
  readonly faults: readonly Fault[];

  constructor(what: string, error: z.ZodError) {
    const faults = error.issues.slice(0, 50).map((issue) => ({
      pointer: issue.path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
      detail: issue.message,
    }));
    super(
      "invalid-message",
      `${what}: ${faults.map(({ pointer, detail }) => `${pointer || "/"} ${detail}`).join("; ")}`,
    );
    this.faults = faults;
  }
}

/** @throws {InvalidError} when `value` does not fit; `what` opens its message */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidError(`${what} is invalid`, parsed.error);
  return parsed.data;
}
