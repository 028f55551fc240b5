import type { Kysely } from "kysely";
import type { DeadLettersPage } from "./contract.ts";
import { DEAD_LETTER_COLUMNS } from "./message_columns.ts";
import type { RuntimeSchema } from "./schema.ts";

type Db = Kysely<RuntimeSchema>;

interface Range {
  readonly tenant: string;
  readonly kind: string;
  readonly diedAt: number;
  readonly id: string;
  readonly limit: number;
}

const NEWEST = { diedAt: Number.MAX_SAFE_INTEGER, id: "" };

/** A page of dead letters, newest first: of all kinds, or of one. */
export const DEAD_LETTER_PAGES = {
  all: (db: Db, { tenant, diedAt, id, limit }: Omit<Range, "kind">) =>
    db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS)
      .where("tenant", "=", tenant)
      .where(({ eb, refTuple, tuple }) => eb(refTuple("diedAt", "id"), "<", tuple(diedAt, id)))
      .orderBy("diedAt", "desc").orderBy("id", "desc").limit(limit),
  ofKind: (db: Db, { tenant, kind, diedAt, id, limit }: Range) =>
    db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS)
      .where("tenant", "=", tenant).where("kind", "=", kind)
      .where(({ eb, refTuple, tuple }) => eb(refTuple("diedAt", "id"), "<", tuple(diedAt, id)))
      .orderBy("diedAt", "desc").orderBy("id", "desc").limit(limit),
};

/** The arguments of the page's statement; without a kind it is `all`. */
export function rangeOf({ tenant, kind = "", before = NEWEST, limit }: DeadLettersPage): Range {
  return { tenant, kind, ...before, limit };
}
