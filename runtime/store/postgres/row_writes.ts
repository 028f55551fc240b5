import type { Kysely } from "kysely";
import type { RowWrite } from "../../actor/journal.ts";
import type { Registry } from "../../actor/registry.ts";
import type { BoundWrite, SqlValue } from "../../actor/tables.ts";
import { RuntimeError } from "../../core/errors.ts";
import { entryRefusals } from "../entry_refusals.ts";
import { GatheredRows } from "../gathered_rows.ts";
import { Parameter } from "../../actor/tables.ts";
import { bindRows, compileRows, compileStatement, type Statement } from "../statements.ts";
import { postgresCompiler } from "./dialect.ts";
import { type Sent, type Session, type SqlStatement, statement } from "./session.ts";

/** A write of a kind's own tables, with its arguments. */
export interface RowCall {
  readonly write: KindWrite;
  readonly args: Readonly<Record<string, SqlValue>>;
}

/** A declared write, compiled for one row, or for several at once where they come many at a time. */
export interface KindWrite {
  readonly name: string;
  readonly whenUnchanged: BoundWrite["whenUnchanged"];
  readonly isMany: boolean;
  readonly sumBy: readonly string[] | null;
  /** Among all that are declared. */
  readonly place: number;
  /** The largest first. */
  readonly sizes: readonly { readonly rows: number; readonly statement: Statement; readonly sql: SqlStatement }[];
}

/** Of rows that come many at a time; the last takes what is left. */
const ROWS_AT_ONCE = [128, 32, 8, 1];
const compiler: Kysely<unknown> = postgresCompiler();

/** The writes that kinds declare for their own tables; all are compiled at once, so that a faulty one fails the start. */
export class KindWrites {
  readonly #writes = new Map<string, KindWrite>();

  /** @throws {RuntimeError} `internal` when a declared write cannot be compiled */
  constructor(registry: Registry) {
    for (const { writes } of registry.tables.values()) {
      for (const write of Object.values(writes) as BoundWrite[]) {
        const compiled = compile(write, this.#writes.size);
        this.#writes.set(compiled.name, compiled);
      }
    }
  }

  /**
   * The call, if it can be made.
   * @throws {RuntimeError} `internal` when nobody declares it
   * @throws {TypeError} when an argument is missing
   */
  call({ tables, write, args }: RowWrite, tenant: string): RowCall {
    const known = this.#writes.get(`${tables}.${write}`);
    if (known === undefined) throw entryRefusals.noSuchWrite(`${tables}.${write}`);
    const given = { ...args, tenant };
    for (const part of known.sizes.at(-1)!.statement.bind) {
      if (!(part instanceof Parameter) || given[part.name as keyof typeof given] !== undefined) continue;
      throw new TypeError(`The argument ${part.name} is missing: give null for no value`);
    }
    return { write: known, args: given };
  }
}

/**
 * Sends rows in the order of the calls, but that those which come many at a time go together with those that follow, up to
 * one that does not, and then in the order in which they are declared. Answers what tells whether each has changed what it must.
 */
export function sendRows(session: Session, calls: readonly RowCall[]): readonly RowsSent[] {
  const sent: RowsSent[] = [];
  const gathered = new Map<KindWrite, GatheredRows>();
  const flush = () => {
    const inPlace = [...gathered].sort(([one], [other]) => one.place - other.place);
    for (const [write, { rows }] of inPlace) sent.push(...sendMany(session, write, rows));
    gathered.clear();
  };
  for (const { write, args } of calls) {
    if (write.isMany) {
      const rows = gathered.get(write) ?? new GatheredRows(write.sumBy);
      gathered.set(write, rows);
      rows.add(args);
      continue;
    }
    flush();
    sent.push(...sendMany(session, write, [args]));
  }
  flush();
  return sent;
}

export interface RowsSent {
  readonly write: KindWrite;
  readonly rows: number;
  readonly sent: Sent;
}

/** @throws {RuntimeError} `conflict` when one has changed fewer rows than it must */
export async function checkRows(sent: readonly RowsSent[]): Promise<void> {
  for (const { write: { name, whenUnchanged }, rows, sent: { answer } } of sent) {
    if (whenUnchanged === "ignore") continue;
    if (((await answer).rowCount ?? 0) < rows) throw entryRefusals.unchanged(name);
  }
}

function sendMany(session: Session, write: KindWrite, rows: readonly RowCall["args"][]): RowsSent[] {
  const sent: RowsSent[] = [];
  let from = 0;
  for (const { rows: size, statement, sql } of write.sizes) {
    for (; rows.length - from >= size; from += size) {
      const values = bindRows(statement, rows.slice(from, from + size));
      sent.push({ write, rows: size, sent: session.send(sql, values) });
    }
  }
  return sent;
}

function compile(write: BoundWrite, place: number): KindWrite {
  const { build, buildMany, whenUnchanged, sumBy = null } = write;
  const name = `${write.tables}.${write.name}`;
  const sized = (rows: number, compiled: Statement) => ({ rows, statement: compiled, sql: statement(compiled.sql) });
  try {
    const sizes = buildMany === undefined
      ? [sized(1, compileStatement(compiler, build))]
      : ROWS_AT_ONCE.map((rows) => sized(rows, compileRows(compiler, buildMany, { rows })));
    return { name, whenUnchanged, isMany: buildMany !== undefined, sumBy, place, sizes };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("internal", `The write ${name} cannot be prepared: ${reason}`, { cause });
  }
}
