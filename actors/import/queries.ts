import { z } from "zod";
import type { BoundQuery, Declare } from "../authoring.ts";
import type { ImportDatabase, ImportRejectRow, ImportRow } from "./rows.ts";

const PAGE_ROWS = 1_000;
const pageLimit = z.int().min(1).max(PAGE_ROWS);

/** How many rows a dataset has, and when the latest of them was written. */
export interface DatasetCount {
  readonly dataset: string;
  readonly rows: number;
  /** Ms since the epoch. */
  readonly updatedAt: number;
}

/** Rows of one dataset in the order of their keys; `after` is the key that the page before ended with. */
export interface ImportPage {
  readonly dataset: string;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Rejects of one job in the order of their lines; `after` is the line that the page before ended with. */
export interface RejectPage {
  readonly jobId: string;
  readonly after?: number | undefined;
  readonly limit: number;
}

/** What can be read of imports. */
export type ImportQueries = {
  readonly byKey: BoundQuery<{ dataset: string; key: string }, ImportRow | null>;
  readonly page: BoundQuery<ImportPage, readonly ImportRow[]>;
  readonly rejects: BoundQuery<RejectPage, readonly ImportRejectRow[]>;
  readonly datasets: BoundQuery<object, readonly DatasetCount[]>;
};

export function importQueries({ query }: Declare<ImportDatabase>): ImportQueries {
  return {
    byKey: query(
      z.object({ dataset: z.string(), key: z.string() }),
      async (db, { tenant, dataset, key }): Promise<ImportRow | null> =>
        await db.selectFrom("imports").selectAll()
          .where("tenant", "=", tenant).where("dataset", "=", dataset).where("key", "=", key)
          .executeTakeFirst() ?? null,
    ),
    page: query<ImportPage, readonly ImportRow[]>(
      z.object({ dataset: z.string(), after: z.string().optional(), limit: pageLimit }),
      async (db, { tenant, dataset, after, limit }) => {
        const rows = db.selectFrom("imports").selectAll()
          .where("tenant", "=", tenant).where("dataset", "=", dataset).orderBy("key").limit(limit);
        return await (after === undefined ? rows : rows.where("key", ">", after)).execute();
      },
    ),
    rejects: query<RejectPage, readonly ImportRejectRow[]>(
      z.object({ jobId: z.string(), after: z.int().optional(), limit: pageLimit }),
      async (db, { tenant, jobId, after, limit }) => {
        const rows = db.selectFrom("importRejects").selectAll()
          .where("tenant", "=", tenant).where("jobId", "=", jobId).orderBy("line").limit(limit);
        return await (after === undefined ? rows : rows.where("line", ">", after)).execute();
      },
    ),
    datasets: query<object, readonly DatasetCount[]>(
      z.object({}),
      async (db, { tenant }) =>
        await db.selectFrom("imports")
          .select(({ fn }) => ["dataset", fn.countAll<number>().as("rows"), fn.max("updatedAt").as("updatedAt")])
          .where("tenant", "=", tenant).groupBy("dataset").orderBy("dataset").limit(PAGE_ROWS).execute(),
    ),
  };
}
