import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { type BoundQuery, type Declare, engineOf } from "../authoring.ts";
import type { EmployeeDatabase, EmployeeRejectRow, EmployeeRow, StagedRow, UploadRow } from "./rows.ts";

const id = z.string();
const limit = z.int().min(1).max(1_000);

/** The latest first; `before` is the id that the page before ended with. */
export interface UploadsPage {
  readonly before?: string | undefined;
  readonly limit: number;
}

/** In the order of lines; `after` is the line that the page before ended with. */
export interface LinesPage {
  readonly uploadId: string;
  readonly after: number;
  readonly limit: number;
}

/** By number; `after` is that with which the page before ended. */
export interface EmployeesPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Where what is known of an employee comes from. */
export type KnownEmployee = Pick<EmployeeRow, "number" | "uploadId" | "position" | "line">;

/** What can be read of employees and their uploads. One whose bytes still come in is in no list. */
export type EmployeeQueries = {
  readonly upload: BoundQuery<{ id: string }, UploadRow | null>;
  readonly sameFile: BoundQuery<{ fingerprint: string }, UploadRow | null>;
  readonly uploads: BoundQuery<UploadsPage, readonly UploadRow[]>;
  readonly staged: BoundQuery<LinesPage, readonly Pick<StagedRow, "line" | "text" | "fault">[]>;
  readonly rejects: BoundQuery<LinesPage, readonly EmployeeRejectRow[]>;
  readonly known: BoundQuery<{ numbers: readonly string[] }, readonly KnownEmployee[]>;
  readonly employee: BoundQuery<{ number: string }, EmployeeRow | null>;
  readonly employees: BoundQuery<EmployeesPage, readonly EmployeeRow[]>;
};

export function employeeQueries({ query, row }: Declare<EmployeeDatabase>): EmployeeQueries {
  return {
    upload: row(
      z.object({ id }),
      (db, { tenant, id }) =>
        db.selectFrom("employeeUploads").selectAll().where("tenant", "=", tenant).where("id", "=", id),
    ),
    sameFile: row(
      z.object({ fingerprint: z.string() }),
      (db, { tenant, fingerprint }) =>
        db.selectFrom("employeeUploads").selectAll().where("tenant", "=", tenant)
          .where("fingerprint", "=", fingerprint),
    ),
    uploads: query<UploadsPage, readonly UploadRow[]>(
      z.object({ before: id.optional(), limit }),
      async (db, { tenant, before, limit }) => {
        const rows = db.selectFrom("employeeUploads").selectAll().where("tenant", "=", tenant)
          .where("status", "<>", "uploading").orderBy("id", "desc").limit(limit);
        return await (before === undefined ? rows : rows.where("id", "<", before)).execute();
      },
    ),
    staged: query<LinesPage, readonly Pick<StagedRow, "line" | "text" | "fault">[]>(
      z.object({ uploadId: id, after: z.int(), limit }),
      async (db, { tenant, uploadId, after, limit }) =>
        await db.selectFrom("employeeRows").select(["line", "text", "fault"]).where("tenant", "=", tenant)
          .where("uploadId", "=", uploadId).where("line", ">", after).orderBy("line").limit(limit).execute(),
    ),
    rejects: query<LinesPage, readonly EmployeeRejectRow[]>(
      z.object({ uploadId: id, after: z.int(), limit }),
      async (db, { tenant, uploadId, after, limit }) =>
        await db.selectFrom("employeeRejects").selectAll().where("tenant", "=", tenant)
          .where("uploadId", "=", uploadId).where("line", ">", after).orderBy("line").limit(limit).execute(),
    ),
    known: query<{ numbers: readonly string[] }, readonly KnownEmployee[]>(
      z.object({ numbers: z.array(z.string()) }),
      async (db, { tenant, numbers }) =>
        numbers.length === 0 ? [] : await db.selectFrom("employees").select(["number", "uploadId", "position", "line"])
          .where("tenant", "=", tenant).where("number", "in", textsOf(db, numbers)).execute(),
    ),
    employee: row(
      z.object({ number: z.string() }),
      (db, { tenant, number }) =>
        db.selectFrom("employees").selectAll().where("tenant", "=", tenant).where("number", "=", number),
    ),
    employees: query<EmployeesPage, readonly EmployeeRow[]>(
      z.object({ after: z.string().optional(), limit }),
      async (db, { tenant, after, limit }) => {
        const rows = db.selectFrom("employees").selectAll().where("tenant", "=", tenant).orderBy("number").limit(limit);
        return await (after === undefined ? rows : rows.where("number", ">", after)).execute();
      },
    ),
  };
}

/** As one value: a statement with a thousand places costs more to make than to run. */
function textsOf(db: Kysely<EmployeeDatabase>, texts: readonly string[]): RawBuilder<string> {
  const text = JSON.stringify(texts);
  return engineOf(db) === "postgres"
    ? sql`(select value from json_array_elements_text(cast(${text} as json)))`
    : sql`(select value from json_each(${text}))`;
}
