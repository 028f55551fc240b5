import type { DatabaseSync, StatementSync } from "node:sqlite";
import { RuntimeError, serializeError } from "../../core/errors.ts";
import type { EntryResult, Ownership, StoreEntry } from "../contract.ts";
import { type Applied, EntryParts } from "./apply_entry.ts";
import { ReadyMail } from "./apply_ready.ts";
import { EntryWork } from "../entry_work.ts";
import type { DeclaredStatements } from "./declared_statements.ts";
import { entryFault, storageFault } from "./faults.ts";
import { Fence } from "./fence.ts";
import { endLife } from "./lives.ts";

type Refused = Extract<EntryResult, { readonly status: "refused" }>;

/**
 * Applies batches, each in one transaction on a connection that nobody else uses.
 *
 * Nearly every batch has no entry that is refused, so it is first applied as a whole, without savepoints. When an entry
 * fails, the transaction is rolled back and the batch applied once more with a savepoint around each entry: the one at
 * fault is undone alone. A fault of the storage is never an entry's: it ends the batch, and nothing of it stays.
 *
 * Counters and events come last in both cases, so only entries that survived are counted and take numbers. What later
 * batches depend on lives in the database alone (the last seq apart, where a hole is harmless, and who may be parked, where
 * one too many is), so a rollback needs no undo in memory.
 */
export class BatchApplier {
  readonly #db: DatabaseSync;
  readonly #parts: EntryParts;
  readonly #ready: ReadyMail;
  readonly #fence: Fence;
  readonly #generation: number;
  readonly #run: Readonly<Record<"begin" | "commit" | "rollback" | "save" | "release" | "undo", StatementSync>>;
  #lastAt = 0;

  constructor(db: DatabaseSync, { declared, ownership }: { declared: DeclaredStatements; ownership: Ownership }) {
    this.#db = db;
    this.#parts = new EntryParts(db, { declared, ownership });
    this.#ready = new ReadyMail(db);
    this.#fence = new Fence(db, ownership);
    this.#generation = ownership.generation;
    // Prepared, not `exec`: its errors bear no result code.
    this.#run = {
      begin: db.prepare("begin immediate"),
      commit: db.prepare("commit"),
      rollback: db.prepare("rollback"),
      save: db.prepare("savepoint entry"),
      release: db.prepare("release entry"),
      undo: db.prepare("rollback to entry"),
    };
  }

  /** @throws {RuntimeError} `storage-unavailable`, `storage-corrupt` or `fenced`; nothing of the batch was kept then */
  apply(batch: readonly StoreEntry[]): readonly EntryResult[] {
    this.#lastAt = batch.at(-1)?.at ?? this.#lastAt;
    return this.#attempt(() => this.#wholeBatch(batch)) ?? this.#attempt(() => this.#oneByOne(batch))!;
  }

  /** Notes that this life of the database ended as it should, if that can be written: if not, it counts as unclean. */
  end(): void {
    try {
      endLife(this.#db, { generation: this.#generation, at: this.#lastAt });
    } catch {
      // Whatever stops it must not stop the closing.
    }
  }

  /** Commits what `work` returns; without a commit, undefined. */
  #attempt(work: () => readonly EntryResult[] | undefined): readonly EntryResult[] | undefined {
    try {
      this.#run.begin.run();
      this.#fence.pass();
      this.#parts.parked.begin();
      const results = work();
      if (results !== undefined) this.#run.commit.run();
      return results;
    } catch (thrown) {
      throw storageFault(thrown) ?? unexpected(thrown);
    } finally {
      this.#parts.discard();
      if (this.#db.isTransaction) this.#run.rollback.run();
    }
  }

  #wholeBatch(batch: readonly StoreEntry[]): readonly EntryResult[] | undefined {
    if (batch.length === 0) this.#fence.probe();
    const applied: Applied[] = [];
    try {
      for (const entry of batch) applied.push(this.#parts.apply(entry));
      this.#parts.flush();
    } catch (thrown) {
      if (storageFault(thrown) !== undefined) throw thrown;
      return undefined;
    }
    return this.#finish(applied);
  }

  #oneByOne(batch: readonly StoreEntry[]): readonly EntryResult[] {
    const applied = batch.map((entry): Applied | Refused => {
      this.#run.save.run();
      try {
        const done = this.#parts.apply(entry);
        this.#parts.flush();
        return done;
      } catch (thrown) {
        const fault = storageFault(thrown);
        if (fault !== undefined) throw fault;
        this.#parts.discard();
        this.#run.undo.run();
        return { status: "refused", error: serializeError(entryFault(thrown, "the state")) };
      } finally {
        if (this.#db.isTransaction) this.#run.release.run();
      }
    });
    return this.#finish(applied);
  }

  #finish(applied: readonly (Applied | Refused)[]): readonly EntryResult[] {
    const works = applied.filter((done) => done instanceof EntryWork);
    const firstEvents = this.#parts.events.append(works, this.#parts.counters.move(works));
    const ready = this.#ready.gather(works);
    return applied.map((done) =>
      done instanceof EntryWork
        ? {
          status: "committed",
          firstEvent: firstEvents.get(done) ?? 0,
          appended: done.appended,
          ready: ready.get(done) ?? [],
          nextDueAt: done.nextDueAt,
          ...(done.swept === undefined ? {} : { swept: done.swept }),
        }
        : done
    );
  }
}

/** What is no entry's fault and no known trouble of the storage breaks an invariant: going on could only make it worse. */
function unexpected(thrown: unknown): RuntimeError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new RuntimeError("storage-corrupt", `The store failed in a way it does not know: ${reason}`, {
    cause: thrown,
  });
}
