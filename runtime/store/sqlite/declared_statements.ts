import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import type { BoundWrite, Sweep } from "../../actor/tables.ts";
import { RuntimeError } from "../../core/errors.ts";
import { compileRows, compileStatement, type Statement } from "../statements.ts";
import { sqliteCompiler } from "./dialect.ts";
import { ROWS_AT_ONCE } from "./prepared.ts";

/**
 * What kinds declare for the thread that writes, compiled. It is plain data, so that the thread need not load the kinds:
 * they and what they import are most of what it would load.
 */
export interface DeclaredStatements {
  /** In the order in which they are declared. */
  readonly writes: readonly DeclaredWrite[];
  readonly sweeps: readonly DeclaredSweeps[];
  /** Each answers a row while a blob is needed. */
  readonly holders: readonly Statement[];
}

export interface DeclaredWrite extends Required<Pick<BoundWrite, "whenUnchanged">> {
  /** `tables.write`. */
  readonly name: string;
  readonly sumBy: readonly string[] | null;
  /** By how many rows it writes; of a write that comes one at a time for one row only. */
  readonly statements: Readonly<Record<number, Statement>>;
  readonly isMany: boolean;
}

/** The statements of each sweep of a table set. */
export interface DeclaredSweeps {
  readonly tables: string;
  readonly sweeps: readonly (readonly Statement[])[];
}

const compiler: Kysely<unknown> = sqliteCompiler();
/** A registry does not change. */
const compiled = new WeakMap<Registry, DeclaredStatements>();

/** @throws {RuntimeError} `internal` when what is declared is no statement that can be compiled before its arguments are known */
export function declaredStatements(registry: Registry): DeclaredStatements {
  const known = compiled.get(registry);
  if (known !== undefined) return known;
  const sets = [...registry.tables.values()];
  const statements: DeclaredStatements = {
    writes: sets.flatMap((tables) => Object.values(tables.writes) as BoundWrite[]).map(compileWrite),
    sweeps: sets.map(({ name, sweeps }) => ({
      tables: name,
      sweeps: sweeps.map((sweep) => compileSweep(name, sweep)),
    })),
    holders: sets.flatMap(({ holdsBlob }) => holdsBlob === null ? [] : [compileStatement(compiler, holdsBlob)]),
  };
  compiled.set(registry, statements);
  return statements;
}

function compileWrite({ tables, name, build, buildMany, whenUnchanged, sumBy }: BoundWrite): DeclaredWrite {
  const write = { name: `${tables}.${name}`, whenUnchanged, sumBy: sumBy ?? null, isMany: buildMany !== undefined };
  try {
    const statements = buildMany === undefined
      ? { 1: compileStatement(compiler, build) }
      : Object.fromEntries(ROWS_AT_ONCE.map((rows) => [
        rows,
        compileRows(compiler, buildMany, { rows }),
      ]));
    return { ...write, statements };
  } catch (cause) {
    throw unprepared(`The write ${write.name}`, cause);
  }
}

function compileSweep(tables: string, { statements }: Sweep): readonly Statement[] {
  try {
    return statements.map((build) => compileStatement(compiler, build));
  } catch (cause) {
    throw unprepared(`A sweep of ${tables}`, cause);
  }
}

/** What a faulty declaration fails the start with, whether it cannot be compiled or is no statement of this database. */
export function unprepared(what: string, cause: unknown): RuntimeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError("internal", `${what} cannot be prepared: ${reason}`, { cause });
}
