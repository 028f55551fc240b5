import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { SupervisionRow } from "../schema.ts";
import { prepare } from "./prepared.ts";

export type SupervisionStatements = ReturnType<typeof prepareSupervision>;

type RowOf<K extends keyof SupervisionRow> = Address & Pick<SupervisionRow, K>;

/** Of an actor without restarts, as JSON. */
const NO_RESTARTS = "[]";
const ACTOR = ["tenant", "kind", "key"] as const;

// deno-lint-ignore explicit-module-boundary-types -- the row types follow from the builders
export function prepareSupervision(db: DatabaseSync) {
  return {
    setRestarts: prepare(
      db,
      (db, { tenant, kind, key, restarts }: RowOf<"restarts">) =>
        db.insertInto("supervision").values({ tenant, kind, key, place: 0, restarts })
          .onConflict((conflict) =>
            conflict.columns(ACTOR).doUpdateSet((eb) => ({ restarts: eb.ref("excluded.restarts") }))
          ),
    ),
    clearRestarts: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.updateTable("supervision").set({ restarts: NO_RESTARTS })
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    /** Leaves a parent that is there alone. */
    adopt: prepare(
      db,
      (db, { tenant, kind, key, parentKind, parentKey }: RowOf<"parentKind" | "parentKey">) =>
        db.insertInto("supervision")
          .values((eb) => ({
            tenant,
            kind,
            key,
            parentKind,
            parentKey,
            place: eb.selectFrom("supervision").select(sql<number>`coalesce(max(place), 0) + 1`.as("next"))
              .where("tenant", "=", tenant).where("parentKind", "=", parentKind).where("parentKey", "=", parentKey),
            restarts: NO_RESTARTS,
          }))
          .onConflict((conflict) =>
            conflict.columns(ACTOR)
              .doUpdateSet((eb) => ({
                parentKind: eb.ref("excluded.parentKind"),
                parentKey: eb.ref("excluded.parentKey"),
                place: eb.ref("excluded.place"),
              }))
              .where("supervision.parentKind", "is", null)
          ),
    ),
    /** Leaves one that is parked as it is. */
    park: prepare(
      db,
      (db, row: RowOf<"parkedAt" | "parkReason" | "parkedBecause">) =>
        db.insertInto("supervision")
          .values({
            tenant: row.tenant,
            kind: row.kind,
            key: row.key,
            place: 0,
            restarts: NO_RESTARTS,
            parkedAt: row.parkedAt,
            parkReason: row.parkReason,
            parkedBecause: row.parkedBecause,
          })
          .onConflict((conflict) =>
            conflict.columns(ACTOR)
              .doUpdateSet((eb) => ({
                parkedAt: eb.ref("excluded.parkedAt"),
                parkReason: eb.ref("excluded.parkReason"),
                parkedBecause: eb.ref("excluded.parkedBecause"),
              }))
              .where("supervision.parkedAt", "is", null)
          ),
    ),
    free: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.updateTable("supervision").set({ parkedAt: null, parkReason: null, parkedBecause: null })
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .where("parkedAt", "is not", null),
    ),
    parkedBecause: prepare(
      db,
      (db, { tenant, because }: { readonly tenant: string; readonly because: string }) =>
        db.selectFrom("supervision").select(ACTOR)
          .where("tenant", "=", tenant).where("parkedBecause", "=", because),
    ),
    /** Takes the actor out of the tree: it has no parent and no restarts any more. */
    leave: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.updateTable("supervision").set({ parentKind: null, parentKey: null, place: 0, restarts: NO_RESTARTS })
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    /** Its children have no parent any more; those of whom nothing else is written are to be dropped before. */
    orphan: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.updateTable("supervision").set({ parentKind: null, parentKey: null, place: 0 })
          .where("tenant", "=", tenant).where("parentKind", "=", kind).where("parentKey", "=", key),
    ),
    dropChildren: prepare(db, (db, { tenant, kind, key }: Address) =>
      db.deleteFrom("supervision")
        .where("tenant", "=", tenant).where("parentKind", "=", kind).where("parentKey", "=", key)
        .where("restarts", "=", NO_RESTARTS).where("parkedAt", "is", null)),
    /** Drops a row that says nothing. */
    tidy: prepare(db, (db, { tenant, kind, key }: Address) =>
      db.deleteFrom("supervision")
        .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
        .where("parentKind", "is", null).where("restarts", "=", NO_RESTARTS).where("parkedAt", "is", null)),
  };
}
