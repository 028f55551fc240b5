import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { LifeRow } from "../schema.ts";
import { prepare } from "./prepared.ts";

const RECENT_MS = 5 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;

/** Notes that the database was opened; answers how many openings shortly before this one were never closed. */
export function beginLife(db: DatabaseSync, { generation, now }: { generation: number; now: number }): number {
  const forget = prepare(
    db,
    (db, { before }: { readonly before: number }) => db.deleteFrom("lives").where("openedAt", "<", before),
  );
  const unclean = prepare(
    db,
    (db, { from, now }: { readonly from: number; readonly now: number }) =>
      db.selectFrom("lives").select(({ fn }) => fn.countAll<number>().as("starts"))
        .where("closedAt", "is", null).where("openedAt", ">=", from).where("openedAt", "<=", now),
  );
  const begin = prepare(
    db,
    (db, { generation, openedAt }: Pick<LifeRow, "generation" | "openedAt">) =>
      db.insertInto("lives").values({ generation, openedAt }),
  );
  forget.run({ before: now - KEPT_MS });
  const { starts } = unclean.get({ from: now - RECENT_MS, now })!;
  begin.run({ generation, openedAt: now });
  return starts;
}

/** Notes that a life ended as it should; `at` is when it last did something. */
export function endLife(db: DatabaseSync, { generation, at }: { generation: number; at: number }): void {
  const end = prepare(
    db,
    (db, { generation, at }: { readonly generation: number; readonly at: number }) =>
      db.updateTable("lives").set({ closedAt: sql<number>`max(opened_at, ${at})` })
        .where("generation", "=", generation),
  );
  end.run({ generation, at });
}
