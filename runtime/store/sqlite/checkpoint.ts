import type { DatabaseSync, StatementSync } from "node:sqlite";

/** About 16 MiB: rarer checkpoints, each of which waits for the disk twice. */
export const CHECKPOINT_PAGES = 4_000;

/**
 * Brings the log into the file, so that the log is written from its start again. Done here and not by SQLite after a
 * commit, because SQLite keeps to itself what goes wrong then: a full disk would show when the log has no room either,
 * a failed fsync never.
 */
export class Checkpoint {
  readonly #look: StatementSync;
  readonly #bring: StatementSync;

  constructor(db: DatabaseSync) {
    this.#look = db.prepare("pragma wal_checkpoint(noop)");
    this.#bring = db.prepare("pragma wal_checkpoint(passive)");
  }

  /**
   * Does so when at least `pages` are in the log; what readers still need stays there.
   * @throws what SQLite throws; commits are not harmed by it
   */
  when(pages: number): void {
    const { log, checkpointed } = this.#look.get() as { log: number; checkpointed: number };
    if (log >= pages && log > checkpointed) this.#bring.get();
  }
}
