import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { RowWrite } from "../../actor/journal.ts";
import type { Registry } from "../../actor/registry.ts";
import type { BoundWrite } from "../../actor/tables.ts";
import { RuntimeError } from "../../core/errors.ts";
import { compileStatement } from "../statements.ts";
import { sqliteCompiler } from "./dialect.ts";
import type { EntryWork } from "./entry_work.ts";
import { Prepared } from "./prepared.ts";

interface RowStatement {
  readonly prepared: Prepared<object, unknown>;
  readonly whenUnchanged: BoundWrite["whenUnchanged"];
}

/** The writes that kinds declare for their own tables; all are prepared at once, so that a faulty one fails the start. */
export class Rows {
  readonly #statements = new Map<string, RowStatement>();

  /** @throws {RuntimeError} `internal` when a declared write is no statement of this database */
  constructor(db: DatabaseSync, registry: Registry) {
    const compiler = sqliteCompiler<unknown>();
    for (const { name, writes } of registry.tables.values()) {
      for (const write of Object.values(writes) as BoundWrite[]) {
        this.#statements.set(`${name}.${write.name}`, prepareWrite(db, { compiler, write }));
      }
    }
  }

  apply(work: EntryWork, { tables, write, args }: RowWrite): void {
    const statement = this.#statements.get(`${tables}.${write}`);
    if (statement === undefined) throw new RuntimeError("internal", `No table set declares a write ${tables}.${write}`);
    const changes = statement.prepared.run({ ...args, tenant: work.tenant });
    if (changes === 0 && statement.whenUnchanged === "conflict") {
      throw new RuntimeError("conflict", `${tables}.${write} found no row that it may change`);
    }
  }
}

function prepareWrite(
  db: DatabaseSync,
  { compiler, write }: { compiler: Kysely<unknown>; write: BoundWrite },
): RowStatement {
  try {
    const statement = compileStatement(compiler, write.build);
    return { prepared: new Prepared(db, statement), whenUnchanged: write.whenUnchanged };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("internal", `The write ${write.tables}.${write.name} cannot be prepared: ${reason}`, {
      cause,
    });
  }
}
