import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, DeadLettersPage } from "../contract.ts";
import { DEAD_LETTER_COLUMNS, deadLetterOf } from "./message_columns.ts";
import { prepare } from "./prepared.ts";

interface Range {
  readonly tenant: string;
  readonly kind: string;
  readonly diedAt: number;
  readonly id: string;
  readonly limit: number;
}

const NEWEST = { diedAt: Number.MAX_SAFE_INTEGER, id: "" };

/** Dead letters by page, newest first. */
export class DeadLetterPages {
  readonly #all;
  readonly #ofKind;

  constructor(db: DatabaseSync) {
    this.#all = prepare(
      db,
      (db, { tenant, diedAt, id, limit }: Omit<Range, "kind">) =>
        db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS)
          .where("tenant", "=", tenant).where(({ eb, refTuple, tuple }) =>
            eb(refTuple("diedAt", "id"), "<", tuple(diedAt, id))
          )
          .orderBy("diedAt", "desc").orderBy("id", "desc").limit(limit),
    );
    this.#ofKind = prepare(
      db,
      (db, { tenant, kind, diedAt, id, limit }: Range) =>
        db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where(({ eb, refTuple, tuple }) =>
            eb(refTuple("diedAt", "id"), "<", tuple(diedAt, id))
          )
          .orderBy("diedAt", "desc").orderBy("id", "desc").limit(limit),
    );
  }

  page({ tenant, kind, before = NEWEST, limit }: DeadLettersPage): readonly DeadLetter[] {
    const range = { tenant, ...before, limit };
    const rows = kind === undefined ? this.#all.all(range) : this.#ofKind.all({ ...range, kind });
    return rows.map(deadLetterOf);
  }
}
