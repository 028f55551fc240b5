import { RuntimeError } from "../../core/errors.ts";
import type { EntryResult, StoreEntry } from "../contract.ts";
import { isSurprise, lostConnection, sqlState, storageFault } from "./faults.ts";
import { LostAnswers } from "./in_doubt.ts";
import { fenced } from "./lease.ts";
import type { Life } from "./life.ts";
import { ask, endLife, lastCommit, rowsOf } from "./lives.ts";
import type { PlanParts } from "./plan_entry.ts";
import { Seqs } from "./seqs.ts";
import type { Session } from "./session.ts";
import { Surprise, transact, type Transacting, type Try, type Written } from "./transact.ts";
import type { Watch } from "./watch.ts";

export interface WriterOptions extends PlanParts {
  readonly life: Life;
  /** The connection over which the life was begun. */
  readonly session: Session;
  /** Connects anew. */
  readonly open: () => Promise<Session>;
  /** Sees that nobody waits for a server that is away. */
  readonly watch: Pick<Watch, "wait">;
}

const BLINDLY: Try = { blindly: true, oneByOne: false };
const READ: Try = { blindly: false, oneByOne: false };
const ONE_BY_ONE: Try = { blindly: false, oneByOne: true };
/** How often others may be in the way. */
const MOST_TRIES = 5;

/**
 * Writes a node's batches, one at a time, over one connection.
 *
 * Model. A batch is one transaction:
 *
 *     begin ─► fence ─► locks, reads ─► plan in memory ─► bulk writes ─► counters, events, answer ─► commit
 *              └──── one round trip ───┘                └─ one more ─┘  └──────── and one ─────────┘
 *
 * Without anything to lock and to read, which is what most jobs are, the first two are one. What is sent in one round trip is
 * executed in order and nobody waits in between.
 *
 *   fence     updates the row of this node's life, where that still stands, and numbers the batch in it
 *   locks     of the mailboxes that the batch looks at, in the order of their numbers, each until the end of the transaction
 *   reads     what planning may come to look at; rows that others change without a mailbox's lock are locked as they are read
 *   plan      each entry in order, over what was read and what the entries before it do: `plan_*.ts`; a refused entry is
 *             taken back, and nobody but this process has seen it
 *   writes    rows of kinds first, as they are made from messages that leave then; `write_*.ts`
 *   counters  of the tenants in the order of their names; what locks them is the last that a batch waits for
 *
 * Why order holds.
 * - Events. A tenant's counter is a row, updated last and locked until the commit. So numbers are dense, and are given in the
 *   order of the commits: who takes one sees the number before him only after the batch that took it has committed. A reader
 *   who sees number n sees all before it, as its own transaction has seen the commits of those.
 * - Mailboxes. Two batches that look at one mailbox are in each other's way by its lock, so the second plans over what the
 *   first has made; places in it are drawn under the lock. Messages to a mailbox that is new, of a kind that keeps a record,
 *   and their leaving are done without a look: nobody else knows the key, or has the message; a row that is not there, or
 *   is another's, is found out by the count of rows, and then the batch is tried anew with all locks.
 * - Nobody waits in a circle: life, mailboxes, rows, tenants, each in an order that is the same for all. Kinds' own rows and
 *   actors freed with another have none: there the server finds the circle and ends one of the transactions, which is tried
 *   anew.
 *
 * Why fencing holds. Whoever ends a life updates its row. Either this batch's fence was first: then he waits until it is
 * committed or gone, and what it has written is there when he frees the heads. Or he was first: then the fence finds no row,
 * and the batch writes nothing. So a life that was ended cannot commit, however late its statements come.
 *
 * A process that is stopped with a transaction open holds its locks until the server ends the session, by
 * `idle_in_transaction_session_timeout`; others wait no longer than that, or hear `storage-unavailable` before.
 *
 * When it fails
 * - Somebody else was faster (a dedupe key, a claim, a message that left, a deadlock): rolled back, and tried anew from
 *   fresh reads.
 * - The database refuses a row, or a write has not changed what it must: rolled back, and tried anew with a savepoint around
 *   each entry, so that the one at fault is refused alone.
 * - `storage-unavailable`, as by a timeout of the server: rolled back.
 * - The connection is lost before the commit was sent: the server rolls back.
 * - It is lost after that: in doubt. With the next connection the life's row is read, which waits for a commit that is still
 *   under way: its number of batches says whether it happened, its answer how the events were numbered. Entries that come
 *   again then are answered with what became of them. `in_doubt.ts`
 * - No answer comes, as over a network that swallows everything: `watch.ts` finds out within a second, and the connection is
 *   given up, which is the same as losing it. A server that is there but slow is waited for.
 */
export class BatchWriter {
  readonly #options: WriterOptions;
  readonly #lost = new LostAnswers();
  readonly #spare = new Seqs();
  #session: Session | undefined;
  /** Batches of this life that are committed, as far as is known. */
  #commits = 0;
  /** The batch before, whatever becomes of it. */
  #last: Promise<unknown> = Promise.resolve();
  #lastAt = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#session = options.session;
  }

  /** @throws {RuntimeError} `storage-unavailable`, `storage-corrupt` or `fenced` */
  write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#after(this.#last.catch(() => {}), batch);
  }

  /** The same after the batch before, if that is written; so this process sees to its results while the server has work. */
  writeNext(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    return this.#after(this.#last, batch);
  }

  #after(before: Promise<unknown>, batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    const state = { isOver: false, isGivenUp: false };
    const written = before.then(() => {
      if (state.isGivenUp) throw new Error("Nobody waits for this batch");
      return this.#write(batch);
    });
    const over = () => void (state.isOver = true);
    written.then(over, over);
    this.#last = written;
    return this.#options.watch.wait(written).catch((thrown) => {
      state.isGivenUp = true;
      if (state.isOver) throw thrown;
      // The server does not answer: what the connection has under way fails with it, or is in doubt.
      written.then((results) => this.#lost.keep(batch, results), () => {});
      this.#session?.drop();
      throw thrown;
    });
  }

  /** Notes that the life ended as it should, if that can be written. To be called once, after the last batch. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    const { watch, life: { ownership: { generation } } } = this.#options;
    try {
      const session = await watch.wait(this.#connected());
      await watch.wait(endLife(session, { generation, at: this.#lastAt }));
      await session.end();
    } catch {
      this.#session?.drop();
    }
  }

  async #write(batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    this.#lastAt = batch.at(-1)?.at ?? this.#lastAt;
    try {
      const session = await this.#connected();
      return await this.#lost.without(batch, (rest) => this.#commit(session, rest));
    } catch (thrown) {
      throw storageFault(thrown) ?? unexpected(thrown);
    }
  }

  /** The connection, once what was in doubt is known. */
  async #connected(): Promise<Session> {
    const { open, life } = this.#options;
    if (this.#session?.isLost) this.#session = undefined;
    const session = this.#session ??= await open();
    if (!this.#lost.isInDoubt) return session;
    await this.#minding(session, async () => {
      const sent = ask(session, lastCommit, life.ownership);
      await session.answered();
      const [row] = await rowsOf(lastCommit, sent);
      if (row === undefined) throw fenced(life.ownership);
      this.#commits = row.commits;
      this.#lost.resolve(row);
    });
    return session;
  }

  async #commit(session: Session, batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> {
    let how = BLINDLY;
    for (let tries = 1;; tries++) {
      try {
        return await this.#minding(session, () => this.#try(session, batch, how));
      } catch (thrown) {
        if (this.#session !== session) throw thrown;
        await this.#minding(session, async () => {
          session.say("rollback");
          await session.answered();
        });
        const mayTry = storageFault(thrown) === undefined && (how !== ONE_BY_ONE || isOthers(thrown));
        if (!mayTry || tries === MOST_TRIES) throw thrown;
        how = isOthers(thrown) && how === BLINDLY ? READ : ONE_BY_ONE;
      }
    }
  }

  async #try(session: Session, batch: readonly StoreEntry[], how: Try): Promise<readonly EntryResult[]> {
    const commits = this.#commits + 1;
    const { life, writes, sweeps } = this.#options;
    const parts: Transacting = { life, writes, sweeps, spare: this.#spare, commits };
    const written = await transact(session, batch, { how, ...parts });
    const results = await this.#committed(written, { batch, commits });
    this.#commits = commits;
    return results;
  }

  async #committed(
    written: Written,
    { batch, commits }: { batch: readonly StoreEntry[]; commits: number },
  ): Promise<readonly EntryResult[]> {
    this.#lost.doubt({ commits, batch, resultsAfter: (answer) => written.resultsAfter(answer) });
    const results = await written.commit().catch((thrown) => {
      if (!lostConnection(thrown)) this.#lost.settle();
      throw thrown;
    });
    this.#lost.settle();
    return results;
  }

  /** Another connection is needed once this one is lost. */
  async #minding<T>(session: Session, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (lostConnection(thrown)) {
        session.drop();
        this.#session = undefined;
      }
      throw thrown;
    }
  }
}

function isOthers(thrown: unknown): boolean {
  return thrown instanceof Surprise || isSurprise(thrown) || sqlState(thrown) === "23505";
}

/** What stays after all tries is others' doing, or breaks an invariant: going on could only make it worse then. */
function unexpected(thrown: unknown): RuntimeError {
  if (isOthers(thrown)) {
    return new RuntimeError("storage-unavailable", "Other nodes were in the way of each try: try again", {
      retryable: true,
      cause: thrown,
    });
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new RuntimeError("storage-corrupt", `The store failed in a way it does not know: ${reason}`, {
    cause: thrown,
  });
}
