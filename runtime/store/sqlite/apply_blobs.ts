import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import type { BlobChunkRow, BlobRow } from "../schema.ts";
import { prepare } from "./prepared.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
export type BlobName = Pick<BlobRow, "tenant" | "id">;

/** A chunk lies on 64 pages, each of which must be read to be freed. */
const SWEPT_CHUNKS = 8;

/** Files as rows: chunks in order, invisible until the blob is done. */
export class Blobs {
  readonly #statements;

  constructor(db: DatabaseSync) {
    this.#statements = prepareBlobs(db);
  }

  chunk({ tenant, at }: EntryWork, { id, index, bytes }: WriteOf<"blob-chunk">): void {
    this.#begin({ tenant, id }, at);
    const last = this.#statements.lastChunk.get({ tenant, id });
    if (index !== (last?.idx ?? -1) + 1) {
      throw entryRefusals.blobOutOfOrder(id, `chunk ${index} came after ${last?.idx ?? "none"}`);
    }
    this.#statements.addChunk.run({ tenant, id, startByte: endOf(last), idx: index, bytes });
  }

  done({ tenant, at }: EntryWork, { id, sizeBytes }: WriteOf<"blob-done">): void {
    this.#begin({ tenant, id }, at);
    const stored = endOf(this.#statements.lastChunk.get({ tenant, id }));
    if (stored !== sizeBytes) throw entryRefusals.blobOutOfOrder(id, `it has ${stored} bytes, not ${sizeBytes}`);
    this.#statements.finish.run({ tenant, id, sizeBytes });
  }

  drop(name: BlobName): void {
    this.#statements.dropChunks.run(name);
    this.#statements.drop.run(name);
  }

  /** It is gone for readers at once; `sweep` removes it, a few chunks at a time. */
  abandon(name: BlobName): void {
    this.#statements.abandon.run(name);
  }

  /** Removes of blobs that were begun before `before` and are not done at most `limit`, and few chunks; answers how many. */
  sweep({ before, limit }: { before: number; limit: number }): number {
    let removed = 0;
    for (const name of this.#statements.abandoned.all({ before, limit: Math.min(limit, SWEPT_CHUNKS) })) {
      const chunks = this.#statements.dropSome.run({ ...name, limit: SWEPT_CHUNKS - removed });
      removed += chunks;
      if (removed >= SWEPT_CHUNKS) return removed;
      this.#statements.drop.run(name);
      removed++;
    }
    return removed;
  }

  #begin(name: BlobName, at: number): void {
    this.#statements.begin.run({ ...name, begunAt: at });
    if (this.#statements.find.get(name)?.done !== 0) throw entryRefusals.blobOutOfOrder(name.id, "it is done");
  }
}

function prepareBlobs(db: DatabaseSync) {
  return {
    begin: prepare(
      db,
      (db, { tenant, id, begunAt }: BlobName & { begunAt: number }) =>
        db.insertInto("blobs").values({ tenant, id, sizeBytes: 0, begunAt, done: 0 })
          .onConflict((conflict) => conflict.doNothing()),
    ),
    find: prepare(
      db,
      (db, { tenant, id }: BlobName) =>
        db.selectFrom("blobs").select("done").where("tenant", "=", tenant).where("id", "=", id),
    ),
    lastChunk: prepare(
      db,
      (db, { tenant, id }: BlobName) =>
        db.selectFrom("blobChunks").select(["idx", "startByte", sql<number>`length(bytes)`.as("sizeBytes")])
          .where("tenant", "=", tenant).where("id", "=", id).orderBy("startByte", "desc").limit(sql.lit(1)),
    ),
    addChunk: prepare(
      db,
      (db, { tenant, id, startByte, idx, bytes }: BlobChunkRow) =>
        db.insertInto("blobChunks").values({ tenant, id, startByte, idx, bytes }),
    ),
    finish: prepare(
      db,
      (db, { tenant, id, sizeBytes }: BlobName & { sizeBytes: number }) =>
        db.updateTable("blobs").set({ sizeBytes, done: 1 }).where("tenant", "=", tenant).where("id", "=", id),
    ),
    drop: prepare(
      db,
      (db, { tenant, id }: BlobName) => db.deleteFrom("blobs").where("tenant", "=", tenant).where("id", "=", id),
    ),
    dropChunks: prepare(
      db,
      (db, { tenant, id }: BlobName) => db.deleteFrom("blobChunks").where("tenant", "=", tenant).where("id", "=", id),
    ),
    abandon: prepare(
      db,
      (db, { tenant, id }: BlobName) =>
        db.updateTable("blobs").set({ done: 0, begunAt: 0 }).where("tenant", "=", tenant).where("id", "=", id),
    ),
    dropSome: prepare(
      db,
      (db, { tenant, id, limit }: BlobName & { limit: number }) =>
        db.deleteFrom("blobChunks").where(
          sql.ref("rowid"),
          "in",
          db.selectFrom("blobChunks").select(sql<number>`rowid`.as("rowid"))
            .where("tenant", "=", tenant).where("id", "=", id).orderBy("startByte").limit(limit),
        ),
    ),
    abandoned: prepare(
      db,
      (db, { before, limit }: { before: number; limit: number }) =>
        db.selectFrom("blobs").select(["tenant", "id"])
          .where("done", "=", sql.lit(0)).where("begunAt", "<", before).orderBy("begunAt").limit(limit),
    ),
  };
}

function endOf(chunk: { readonly startByte: number; readonly sizeBytes: number } | undefined): number {
  return chunk === undefined ? 0 : chunk.startByte + chunk.sizeBytes;
}
