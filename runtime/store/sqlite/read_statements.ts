import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { MessageRef } from "../../actor/message.ts";
import type { HeadPlace, LaneName } from "../contract.ts";
import { MESSAGE_COLUMNS } from "../message_columns.ts";
import { ACTOR_READS, BLOB_READS, CONTROL_READS, LOG_READS } from "../read_statements.ts";
import type { Slot } from "../schema.ts";
import { prepare, prepareAll } from "./prepared.ts";

export type ReadStatements = ReturnType<typeof prepareReads>;

type Limited<T> = T & { readonly limit: number };
type LogPlace = { readonly tenant: string; readonly after: number };

// deno-lint-ignore explicit-module-boundary-types -- the row types follow from the builders
export function prepareReads(db: DatabaseSync) {
  return {
    ...prepareAll(db, { ...ACTOR_READS, ...CONTROL_READS, ...LOG_READS, ...BLOB_READS }),
    kindAfter: prepare(db, (db, { tenant, kind }: LaneName) =>
      db.selectFrom("messages").select(["tenant", "kind"])
        .where("slot", "=", sql.lit<Slot>(1)).where("tenant", "=", tenant).where("kind", ">", kind)
        .orderBy("kind").limit(sql.lit(1))),
    tenantAfter: prepare(
      db,
      (db, { tenant }: Pick<LaneName, "tenant">) =>
        db.selectFrom("messages").select(["tenant", "kind"])
          .where("slot", "=", sql.lit<Slot>(1)).where("tenant", ">", tenant)
          .orderBy("tenant").orderBy("kind").limit(sql.lit(1)),
    ),
    // Two, because SQLite leaps to a place in an index only if all but its last columns are given.
    headsFrom: prepare(
      db,
      (db, { tenant, kind, limit, priority, readyAt, seq }: Limited<LaneName & HeadPlace>) =>
        db.selectFrom("messages").select(MESSAGE_COLUMNS)
          .where("slot", "=", sql.lit<Slot>(1)).where("tenant", "=", tenant).where("kind", "=", kind)
          .where("priority", "=", priority)
          .where(({ eb, refTuple, tuple }) => eb(refTuple("readyAt", "seq"), ">=", tuple(readyAt, seq)))
          .orderBy("readyAt").orderBy("seq").limit(limit),
    ),
    headsBelow: prepare(
      db,
      (db, { tenant, kind, limit, priority }: Limited<LaneName & Pick<HeadPlace, "priority">>) =>
        db.selectFrom("messages").select(MESSAGE_COLUMNS)
          .where("slot", "=", sql.lit<Slot>(1)).where("tenant", "=", tenant).where("kind", "=", kind)
          .where("priority", "<", priority)
          .orderBy("priority", "desc").orderBy("readyAt").orderBy("seq").limit(limit),
    ),
    // The next two without a limit: they are read row by row, up to where the reader has enough.
    mailboxBehind: prepare(
      db,
      (db, { tenant, kind, key, dueAt, seq }: MessageRef) =>
        db.selectFrom("messages").select(MESSAGE_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .where(({ eb, refTuple, tuple }) => eb(refTuple("dueAt", "seq"), ">", tuple(dueAt, seq)))
          .orderBy("dueAt").orderBy("seq"),
    ),
    segments: prepare(
      db,
      (db, { tenant, after }: LogPlace) =>
        db.selectFrom("eventLog").innerJoin("tenants", "tenants.tenant", "eventLog.tenant")
          .select(["first", "last", "events", "trimmedTo"])
          .where("eventLog.tenant", "=", tenant).where("last", ">", after).orderBy("last"),
    ),
  };
}
