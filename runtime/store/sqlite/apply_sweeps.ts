import type { DatabaseSync } from "node:sqlite";
import type { SweepSlice } from "../../actor/tables.ts";
import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { BlobName } from "./apply_blobs.ts";
import type { Statement } from "../statements.ts";
import { type DeclaredStatements, unprepared } from "./declared_statements.ts";
import { prepare, Prepared } from "./prepared.ts";

/** No tenant has a period of its own. */
const NONE = "{}";

type SlicePart = Prepared<SweepSlice, Partial<Record<"tenant" | "blob", string | null>>>;

/** Removes what has been kept long enough, a slice at a time. */
export class Sweeps {
  readonly #abandon: (blob: BlobName) => void;
  readonly #letters;
  readonly #byTables = new Map<string, readonly (readonly SlicePart[])[]>();

  /** @throws {RuntimeError} `internal` when a declared sweep is no statement of this database */
  constructor(
    db: DatabaseSync,
    { declared, abandon }: { declared: Pick<DeclaredStatements, "sweeps">; abandon: (blob: BlobName) => void },
  ) {
    this.#abandon = abandon;
    this.#letters = prepare(
      db,
      (db, { before, limit }: Pick<SweepSlice, "before" | "limit">) =>
        db.deleteFrom("deadLetters").where(
          "id",
          "in",
          db.selectFrom("deadLetters").select("id").where("diedAt", "<", before).orderBy("diedAt").limit(limit),
        ),
    );
    for (const { tables, sweeps } of declared.sweeps) {
      this.#byTables.set(tables, sweeps.map((statements) => statements.map((part) => prepareSlice(db, tables, part))));
    }
  }

  /** How many were removed. */
  letters(slice: Pick<SweepSlice, "before" | "limit">): number {
    return this.#letters.run(slice);
  }

  /** How many rows the sweep's last statement removed. */
  rows({ tables, sweep, before, limit, own = NONE }: Extract<Write, { readonly write: "sweep-rows" }>): number {
    const parts = this.#byTables.get(tables)?.[sweep];
    if (parts === undefined) throw entryRefusals.noSuchSweep(`${tables}.${sweep}`);
    let removed = 0;
    for (const part of parts) {
      if (!part.returnsRows) {
        removed = part.run({ before, limit, own });
        continue;
      }
      const rows = part.all({ before, limit, own });
      for (const { tenant, blob } of rows) if (tenant && blob) this.#abandon({ tenant, id: blob });
      removed = rows.length;
    }
    return removed;
  }
}

function prepareSlice(db: DatabaseSync, tables: string, statement: Statement): SlicePart {
  try {
    return new Prepared(db, statement);
  } catch (cause) {
    throw unprepared(`A sweep of ${tables}`, cause);
  }
}
