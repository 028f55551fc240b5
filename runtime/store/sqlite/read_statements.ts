import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { HeadPlace, LaneName } from "../contract.ts";
import type { Slot } from "../schema.ts";
import { DEAD_LETTER_COLUMNS, MESSAGE_COLUMNS } from "./message_columns.ts";
import { prepare } from "./prepared.ts";
import { SUPERVISION_COLUMNS } from "./supervised.ts";

export type ReadStatements = ReturnType<typeof prepareReads>;

type Limited<T> = T & { readonly limit: number };
type LogPlace = { readonly tenant: string; readonly after: number };
type BlobName = { readonly tenant: string; readonly id: string };

// deno-lint-ignore explicit-module-boundary-types -- the row types follow from the builders
export function prepareReads(db: DatabaseSync) {
  return {
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
    mailbox: prepare(
      db,
      (db, { tenant, kind, key, limit }: Limited<Address>) =>
        db.selectFrom("messages").select(MESSAGE_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .orderBy("dueAt").orderBy("seq").limit(limit),
    ),
    mailboxBehind: prepare(
      db,
      (db, { tenant, kind, key, dueAt, seq }: MessageRef) =>
        db.selectFrom("messages").select(MESSAGE_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .where(({ eb, refTuple, tuple }) => eb(refTuple("dueAt", "seq"), ">", tuple(dueAt, seq)))
          .orderBy("dueAt").orderBy("seq"),
    ),
    /** A message that came after one and is due before it: never many rows, as those before it are being handled. */
    laterBefore: prepare(
      db,
      (db, { tenant, kind, key, dueAt, seq }: MessageRef) =>
        db.selectFrom("messages").select("seq")
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .where("dueAt", "<", dueAt).where("seq", ">", seq).limit(sql.lit(1)),
    ),
    mailboxDepth: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("messages").select(({ fn }) => fn.countAll<number>().as("depth"))
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    pending: prepare(
      db,
      (db) => db.selectFrom("tenants").select(["tenant", "pending"]).where("pending", ">", sql.lit(0)),
    ),
    nextDueAt: prepare(db, (db) =>
      db.selectFrom("messages").select(({ fn }) => fn.min("readyAt").as("readyAt"))
        .where("slot", "=", sql.lit<Slot>(2))),
    snapshot: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("actors").select(["state", "stateVersion", "version", "updatedAt"])
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    segments: prepare(
      db,
      (db, { tenant, after }: LogPlace) =>
        db.selectFrom("eventLog").innerJoin("tenants", "tenants.tenant", "eventLog.tenant")
          .select(["first", "last", "events", "trimmedTo"])
          .where("eventLog.tenant", "=", tenant).where("last", ">", after).orderBy("last"),
    ),
    wishedCancelled: prepare(
      db,
      (db) =>
        db.selectFrom("messages").select([...MESSAGE_COLUMNS, "wishedBy"]).where("cancelWished", "=", sql.lit(1))
          .orderBy("seq"),
    ),
    startMarks: prepare(
      db,
      (db, { before }: { readonly before: number }) =>
        db.selectFrom("messages").select([...MESSAGE_COLUMNS, "markedBy", "markDeaths"])
          .where("markedBy", ">", sql.lit(0)).where("markedBy", "<", before).orderBy("seq"),
    ),
    supervised: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("supervision").select(SUPERVISION_COLUMNS)
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
    ),
    laterSiblings: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("supervision as child")
          .innerJoin("supervision as other", (join) =>
            join.onRef("other.tenant", "=", "child.tenant").onRef("other.parentKind", "=", "child.parentKind")
              .onRef("other.parentKey", "=", "child.parentKey").onRef("other.place", ">", "child.place"))
          .select(["other.tenant", "other.kind", "other.key"])
          .where("child.tenant", "=", tenant).where("child.kind", "=", kind).where("child.key", "=", key)
          .orderBy("other.place"),
    ),
    pausedKinds: prepare(
      db,
      (db) => db.selectFrom("pausedKinds").select(["tenant", "kind", "by", "at"]).orderBy("tenant").orderBy("kind"),
    ),
    deadLetter: prepare(
      db,
      (db, { tenant, id }: { readonly tenant: string; readonly id: string }) =>
        db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS).where("id", "=", id).where("tenant", "=", tenant),
    ),
    logMark: prepare(
      db,
      (db, { tenant }: { readonly tenant: string }) =>
        db.selectFrom("tenants").select(["lastEvent as last", "trimmedTo"]).where("tenant", "=", tenant),
    ),
    longLogs: prepare(
      db,
      (db, { kept }: { readonly kept: number }) =>
        db.selectFrom("tenants").select(["tenant", "lastEvent as last", "trimmedTo"])
          .where((eb) => eb(eb("lastEvent", "-", eb.ref("trimmedTo")), ">", kept)),
    ),
    blob: prepare(db, (db, { tenant, id }: BlobName) =>
      db.selectFrom("blobs").select("sizeBytes")
        .where("tenant", "=", tenant).where("id", "=", id).where("done", "=", 1)),
    blobChunk: prepare(
      db,
      (db, { tenant, id, fromByte }: BlobName & { readonly fromByte: number }) =>
        db.selectFrom("blobChunks").select(["startByte", "bytes"])
          .where("tenant", "=", tenant).where("id", "=", id).where("startByte", "<=", fromByte)
          .orderBy("startByte", "desc").limit(sql.lit(1)),
    ),
  };
}
