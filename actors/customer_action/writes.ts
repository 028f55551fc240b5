import type { Kysely } from "kysely";
import type { Declare } from "../authoring.ts";
import { type TextColumns, textRows } from "../storing/text_rows.ts";
import type { ActionDatabase, ActionRow } from "./rows.ts";

const COLUMNS: TextColumns = [
  ["id", "text"],
  ["type", "text"],
  ["audience", "text"],
  ["print", "text"],
  ["batchId", "text"],
  ["customers", "bigint"],
];

/** Its children come with it, or later: `batchId` is null then, and `customers` 0. */
export type NewAction = Pick<ActionRow, "id" | "type" | "audience" | "print" | "batchId" | "customers">;

/** The `rows` of `created`. */
export function actionsText(actions: readonly NewAction[]): string {
  return JSON.stringify(
    actions.map(({ id, type, audience, print, batchId, customers }) => [id, type, audience, print, batchId, customers]),
  );
}

// deno-lint-ignore explicit-module-boundary-types -- the arguments' types stand with each write
export function actionWrites({ write }: Declare<ActionDatabase>) {
  const running = (db: Kysely<ActionDatabase>, { tenant, id }: { tenant: string; id: string }) =>
    db.updateTable("customerActions").where("tenant", "=", tenant).where("id", "=", id).where("status", "=", "running");

  return {
    /** Refused as `constraint` where there is one of these ids. */
    created: write<{ readonly rows: string; readonly createdBy: string; readonly at: number }>(
      (db, { tenant, rows, createdBy, at }) =>
        db.insertInto("customerActions")
          .columns([
            "tenant",
            "status",
            "createdBy",
            "id",
            "type",
            "audience",
            "print",
            "batchId",
            "customers",
            "createdAt",
          ])
          .expression(textRows(db, rows, { before: [tenant, "running", createdBy], columns: COLUMNS, after: [at] })),
    ),
    /** With the children of so many more customers: none of them come where somebody wants the action cancelled. */
    spread: write<Pick<ActionRow, "id" | "batchId" | "customers" | "cursor">>(
      (db, { tenant, id, batchId, customers, cursor }) =>
        running(db, { tenant, id }).where("cancelWishedBy", "is", null).set((eb) => ({
          batchId,
          customers: eb("customers", "+", customers),
          cursor,
        })),
      { whenUnchanged: "conflict" },
    ),
    ended: write<Pick<ActionRow, "id" | "status" | "counts"> & { readonly at: number }>(
      (db, { tenant, id, status, counts, at }) => running(db, { tenant, id }).set({ status, counts, endedAt: at }),
    ),
    /** Of one that has no children yet; there will be none. */
    cancelledAtOnce: write<{ readonly id: string; readonly by: string; readonly counts: string; readonly at: number }>(
      (db, { tenant, id, by, counts, at }) =>
        running(db, { tenant, id }).where("batchId", "is", null)
          .set({ status: "cancelled", cancelWishedBy: by, counts, endedAt: at }),
      { whenUnchanged: "conflict" },
    ),
    /** It ends when its children have. */
    cancelWished: write<{ readonly id: string; readonly by: string }>(
      (db, { tenant, id, by }) => running(db, { tenant, id }).set({ cancelWishedBy: by }),
      { whenUnchanged: "conflict" },
    ),
  };
}
