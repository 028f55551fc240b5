import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StorageRoom } from "../contract.ts";
import { Checkpoint, CHECKPOINT_PAGES } from "./checkpoint.ts";
import { storageFault, wantsRoom } from "./faults.ts";
import type { Reserve } from "./reserve.ts";

/** With so much free inside the file new work is taken although the disk is full; with less than a quarter, no longer. */
const ENOUGH_FREE_BYTES = 4 * 1024 * 1024;

/**
 * What the writer does about room.
 *
 *     ample ──a write finds no room: the reserve is given up──► short ──deletes have freed 4 MiB in the file──► tight
 *     tight ──less than 1 MiB of that is left, or a write finds no room──► short
 *     short, tight ──the disk has room: the reserve is held again──► ample
 *
 * A life that begins on a disk without room for the reserve begins `short`.
 *
 * A delete needs room before it makes any: its pages go to the log first. And a log cannot be written from its start
 * again before it is in the file, which for new pages must grow. So the first that does not find room gives up the
 * reserve, which is as large as the log; from then on the log is brought into the file after every commit and so stays
 * where it is. What deletes free is used by the next writes: inside the file, so no disk has to be less full for that.
 */
export class WriterRoom {
  readonly #reserve: Reserve | undefined;
  readonly #checkpoint: Checkpoint;
  readonly #free: StatementSync;
  readonly #pageBytes: number;
  #room: StorageRoom;

  constructor(db: DatabaseSync, reserve: Reserve | undefined) {
    this.#reserve = reserve;
    this.#checkpoint = new Checkpoint(db);
    this.#free = db.prepare("pragma freelist_count");
    this.#pageBytes = Number(db.prepare("pragma page_size").get()?.["page_size"]);
    this.#room = reserve === undefined || reserve.hold() ? "ample" : "short";
  }

  get room(): StorageRoom {
    return this.#room;
  }

  /**
   * After a commit.
   * @throws {RuntimeError} `storage-corrupt` when the log could not be brought to the disk
   */
  committed(): void {
    this.#bringLog(this.#room === "ample" ? CHECKPOINT_PAGES : 1);
    if (this.#room !== "ample") this.#room = this.#look();
  }

  /** After a write that the storage refused. */
  refused(thrown: unknown): void {
    if (this.#reserve === undefined || !wantsRoom(thrown)) return;
    this.#reserve.release();
    this.#room = "short";
    this.#bringLog(1);
  }

  #bringLog(pages: number): void {
    try {
      this.#checkpoint.when(pages);
    } catch (thrown) {
      const fault = storageFault(thrown);
      if (fault === undefined || fault.code !== "storage-unavailable") throw fault ?? thrown;
      if (this.#room === "ample") this.refused(thrown);
    }
  }

  #look(): StorageRoom {
    if (this.#reserve === undefined || this.#reserve.hold()) return "ample";
    const freeBytes = Number(this.#free.get()?.["freelist_count"]) * this.#pageBytes;
    return freeBytes >= (this.#room === "short" ? ENOUGH_FREE_BYTES : ENOUGH_FREE_BYTES / 4) ? "tight" : "short";
  }
}
