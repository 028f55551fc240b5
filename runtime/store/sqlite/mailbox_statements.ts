import type { DatabaseSync } from "node:sqlite";
import { type Insertable, sql } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { DeadLetterRow, MessageRow, Slot } from "../schema.ts";
import { prepare, prepareRows } from "./prepared.ts";

export type MailboxStatements = ReturnType<typeof prepareMailboxes>;

export type NewRow = Omit<Insertable<MessageRow>, "attempts" | "crashes" | "lastError">;
type SlotChange = MessageRef & { readonly slot: Slot };
type Postponement = SlotChange & Pick<MessageRow, "readyAt" | "attempts" | "crashes" | "lastError">;
type Burial = MessageRef & Pick<DeadLetterRow, "attempts" | "crashes" | "error" | "diedAt">;
type Wake = { readonly now: number; readonly limit: number };

const COPIED = [
  ...["tenant", "kind", "key", "dueAt", "seq", "id", "name", "version", "payload", "priority"] as const,
  ...["readyAt", "enqueuedAt", "sender", "maxAttempts", "timeoutMs", "dedupeKey", "batch"] as const,
] as const;

// deno-lint-ignore explicit-module-boundary-types -- the row types follow from the builders
export function prepareMailboxes(db: DatabaseSync) {
  return {
    insert: prepareRows(
      db,
      (db, rows: readonly NewRow[]) =>
        db.insertInto("messages").values(rows.map((row) => ({
          tenant: row.tenant,
          kind: row.kind,
          key: row.key,
          dueAt: row.dueAt,
          seq: row.seq,
          id: row.id,
          name: row.name,
          version: row.version,
          payload: row.payload,
          priority: row.priority,
          readyAt: row.readyAt,
          enqueuedAt: row.enqueuedAt,
          sender: row.sender,
          attempts: sql.lit(0),
          crashes: sql.lit(0),
          maxAttempts: row.maxAttempts,
          timeoutMs: row.timeoutMs,
          dedupeKey: row.dedupeKey,
          slot: row.slot,
          recorded: row.recorded,
          batch: row.batch,
        }))),
    ),
    head: prepare(
      db,
      (db, { tenant, kind, key }: Address) =>
        db.selectFrom("messages").select(["dueAt", "seq", "readyAt", "slot"])
          .where("tenant", "=", tenant).where("kind", "=", kind).where("key", "=", key)
          .orderBy("dueAt").orderBy("seq").limit(sql.lit(1)),
    ),
    setSlot: prepare(db, (db, at: SlotChange) =>
      db.updateTable("messages").set({ slot: at.slot })
        .where("tenant", "=", at.tenant).where("kind", "=", at.kind).where("key", "=", at.key)
        .where("dueAt", "=", at.dueAt).where("seq", "=", at.seq)),
    /** Without a word of its slot: what a statement returns, SQLite gathers in a table of its own first. */
    remove: prepare(
      db,
      (db, ref: MessageRef) =>
        db.deleteFrom("messages")
          .where("tenant", "=", ref.tenant).where("kind", "=", ref.kind).where("key", "=", ref.key)
          .where("dueAt", "=", ref.dueAt).where("seq", "=", ref.seq),
    ),
    postpone: prepare(db, (db, to: Postponement) =>
      db.updateTable("messages")
        .set({
          readyAt: to.readyAt,
          attempts: to.attempts,
          crashes: to.crashes,
          lastError: to.lastError,
          markedBy: sql.lit(0),
          markDeaths: sql.lit(0),
          slot: sql<Slot>`case slot when 0 then 0 else ${to.slot} end`,
        })
        .where("tenant", "=", to.tenant).where("kind", "=", to.kind).where("key", "=", to.key)
        .where("dueAt", "=", to.dueAt).where("seq", "=", to.seq).returning("slot")),
    copyToDead: prepare(
      db,
      (db, dead: Burial) =>
        db.insertInto("deadLetters").columns([...COPIED, "attempts", "crashes", "error", "diedAt"])
          .expression((eb) =>
            eb.selectFrom("messages")
              .select([...COPIED])
              .select([
                sql<number>`${dead.attempts}`.as("attempts"),
                sql<number>`${dead.crashes}`.as("crashes"),
                sql<string>`${dead.error}`.as("error"),
                sql<number>`${dead.diedAt}`.as("diedAt"),
              ])
              .where("tenant", "=", dead.tenant).where("kind", "=", dead.kind).where("key", "=", dead.key)
              .where("dueAt", "=", dead.dueAt).where("seq", "=", dead.seq)
          ),
    ),
    dueHeads: prepare(
      db,
      (db, { now, limit }: Wake) =>
        db.selectFrom("messages").select(["tenant", "kind", "key", "dueAt", "seq"])
          .where("slot", "=", sql.lit<Slot>(2)).where("readyAt", "<=", now).orderBy("readyAt").limit(limit),
    ),
    nextDueAt: prepare(db, (db) =>
      db.selectFrom("messages").select(({ fn }) => fn.min("readyAt").as("readyAt"))
        .where("slot", "=", sql.lit<Slot>(2))),
    held: prepare(
      db,
      (db, { tenant, kind, dedupeKey }: { tenant: string; kind: string; dedupeKey: string }) =>
        db.selectFrom("messages").select("key")
          .where("tenant", "=", tenant).where("kind", "=", kind).where("dedupeKey", "=", dedupeKey),
    ),
  };
}
