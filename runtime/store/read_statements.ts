import { type Compilable, type Kysely, sql } from "kysely";
import type { Address } from "../actor/address.ts";
import type { MessageRef } from "../actor/message.ts";
import { DEAD_LETTER_COLUMNS, MESSAGE_COLUMNS } from "./message_columns.ts";
import type { RuntimeSchema, Slot } from "./schema.ts";
import { SUPERVISION_COLUMNS } from "./supervised.ts";

/*
 * The reads that both engines run as they stand here, each by an index; an engine compiles and prepares them once. What an
 * engine phrases in its own way lies with the engine.
 */

type Db = Kysely<RuntimeSchema>;

/** Builds a statement from arguments that are not known yet. */
// deno-lint-ignore no-explicit-any -- of any arguments and rows
export type Builder = (db: Db, args: any) => Compilable<any>;

/** What such a builder wants to be given. */
export type ArgsOf<B extends Builder> = Parameters<B>[1] extends undefined ? object : Parameters<B>[1];

/** A row of what it builds. */
export type RowOf<B extends Builder> = ReturnType<B> extends Compilable<infer Row> ? Row : never;

type Limited<T> = T & { readonly limit: number };
type BlobName = { readonly tenant: string; readonly id: string };

/** Of mailboxes and actors. */
export const ACTOR_READS = {
  mailbox: (db: Db, { tenant, kind, key, limit }: Limited<Address>) =>
    db.selectFrom("messages").select(MESSAGE_COLUMNS)
      .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
      .orderBy("dueAt").orderBy("seq").limit(limit),
  /** A message that came after one and is due before it: never many rows, as those before it are being handled. */
  laterBefore: (db: Db, { tenant, kind, key, dueAt, seq }: MessageRef) =>
    db.selectFrom("messages").select("seq")
      .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
      .where("dueAt", "<", dueAt).where("seq", ">", seq).limit(sql.lit(1)),
  mailboxDepth: (db: Db, { tenant, kind, key }: Address) =>
    db.selectFrom("messages").select(({ fn }) => fn.countAll<number>().as("depth"))
      .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
  pending: (db: Db) => db.selectFrom("tenants").select(["tenant", "pending"]).where("pending", ">", sql.lit(0)),
  nextDueAt: (db: Db) =>
    db.selectFrom("messages").select(({ fn }) => fn.min("readyAt").as("readyAt"))
      .where("slot", "=", sql.lit<Slot>(2)),
  snapshot: (db: Db, { tenant, kind, key }: Address) =>
    db.selectFrom("actors").select(["state", "stateVersion", "version", "updatedAt"])
      .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
};

/** Of what people and supervisors have said of messages, actors and kinds. */
export const CONTROL_READS = {
  wishedCancelled: (db: Db) =>
    db.selectFrom("messages").select([...MESSAGE_COLUMNS, "wishedBy"]).where("cancelWished", "=", sql.lit(1))
      .orderBy("seq"),
  startMarks: (db: Db, { before }: { readonly before: number }) =>
    db.selectFrom("messages").select([...MESSAGE_COLUMNS, "markedBy", "markDeaths"])
      .where("markedBy", ">", sql.lit(0)).where("markedBy", "<", before).orderBy("seq"),
  supervised: (db: Db, { tenant, kind, key }: Address) =>
    db.selectFrom("supervision").select(SUPERVISION_COLUMNS)
      .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key),
  laterSiblings: (db: Db, { tenant, kind, key }: Address) =>
    db.selectFrom("supervision as child")
      .innerJoin("supervision as other", (join) =>
        join.onRef("other.tenant", "=", "child.tenant").onRef("other.parentKind", "=", "child.parentKind")
          .onRef("other.parentKey", "=", "child.parentKey").onRef("other.place", ">", "child.place"))
      .select(["other.tenant", "other.kind", "other.key"])
      .where("child.tenant", "=", tenant).where("child.kind", "=", kind).where("child.key", "=", key)
      .orderBy("other.place"),
  pausedKinds: (db: Db) =>
    db.selectFrom("pausedKinds").select(["tenant", "kind", "by", "at"]).orderBy("tenant").orderBy("kind"),
  deadLetter: (db: Db, { tenant, id }: { readonly tenant: string; readonly id: string }) =>
    db.selectFrom("deadLetters").select(DEAD_LETTER_COLUMNS).where("id", "=", id).where("tenant", "=", tenant),
};

/** Of the tenants' logs. */
export const LOG_READS = {
  logMark: (db: Db, { tenant }: { readonly tenant: string }) =>
    db.selectFrom("tenants").select(["lastEvent as last", "trimmedTo"]).where("tenant", "=", tenant),
  longLogs: (db: Db, { kept }: { readonly kept: number }) =>
    db.selectFrom("tenants").select(["tenant", "lastEvent as last", "trimmedTo"])
      .where((eb) => eb(eb("lastEvent", "-", eb.ref("trimmedTo")), ">", kept)),
};

export const BLOB_READS = {
  blob: (db: Db, { tenant, id }: BlobName) =>
    db.selectFrom("blobs").select("sizeBytes")
      .where("tenant", "=", tenant).where("id", "=", id).where("done", "=", 1),
  blobChunk: (db: Db, { tenant, id, fromByte }: BlobName & { readonly fromByte: number }) =>
    db.selectFrom("blobChunks").select(["startByte", "bytes"])
      .where("tenant", "=", tenant).where("id", "=", id).where("startByte", "<=", fromByte)
      .orderBy("startByte", "desc").limit(sql.lit(1)),
};
