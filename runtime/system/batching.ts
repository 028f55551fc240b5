import { OWN_DEED, type RowWrite } from "../actor/journal.ts";
import type { Registry } from "../actor/registry.ts";
import type { Batches } from "../batch/contract.ts";
import { type BatchRow, batchWrite } from "../batch/rows.ts";
import { batchTables } from "../batch/tables.ts";
import { type CancelTimer, type Clock, every } from "../core/clock.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import { type AskBatches, createChildrenCancelling } from "./batch_cancelling.ts";
import { createBatchTelling } from "./batch_telling.ts";
import type { Cancelling } from "./cancelling.ts";
import type { Commands } from "./commands.ts";
import type { Commits } from "./commits.ts";
import type { Control } from "./contract.ts";
import { KnownBatches } from "./known_batches.ts";

const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 1_000;
const AT_ONCE = 500;

/** Tells the ends of batches, and first failures, to those who spawned them; cancels batches as a whole. */
export interface Batching {
  readonly batches: Batches;
  /** Looks at once for what an earlier life has left, and then about once a minute. */
  start(): void;
  /** Looks at once for what the nodes have left whose lives were ended. */
  tookOver(): void;
  /** Something was written of a batch: looks soon. */
  counted(tenant: string, row: RowWrite): void;
  stop(): void;
}

export interface BatchingParts {
  readonly registry: Registry;
  readonly read: Pick<StoreReads, "query">;
  readonly commands: Pick<Commands, "fromOutside">;
  readonly commits: Pick<Commits, "outcome">;
  /** What a person decides. @throws {RuntimeError} why it is refused, or why commands are not taken now */
  readonly command: (entry: StoreEntry) => Promise<void>;
  readonly cancelling: Pick<Cancelling, "cancel">;
  readonly isHeld: Control["isHeld"];
  /** No other node writes to the store. */
  readonly isAlone: boolean;
  /** Of several nodes one looks at all batches. */
  readonly leads: () => boolean;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/*
 *   resting ──something was written of a batch, or a minute is over──► looking ──nothing is left──► resting
 *
 * That all children have ended shows in the row that counts them. After each commit that wrote such rows the node looks at
 * these, gathered: however many children a commit has ended, or ended while it was looking, a batch is read once; or not at
 * all, where what was written of it so far says what its row says. Each end, and each first failure, is told by one entry: the
 * message to the spawner, the event and a row write that only one can make. Who dies before it leaves the row as it is, for
 * those who look at all of them when they start, when they have ended the life of another, and once a minute; of two who look
 * at once one is refused, and nothing of his entry happens.
 */
export function createBatching(parts: BatchingParts): Batching {
  const { registry, read, commands, clock, diagnostics } = parts;
  const commit = (entry: StoreEntry) => parts.commits.outcome(entry);
  let state: "resting" | "looking" | "stopped" = "resting";
  let cancel: CancelTimer = () => {};
  let touched = new Map<string, Touched>();
  let looksAtAll = false;
  const known = parts.isAlone ? new KnownBatches() : null;
  const now = () => clock.now();

  const ask: AskBatches = async ({ tables, name }, args, tenant = "system") =>
    JSON.parse(await read.query({ tenant, tables, query: name, args: JSON.stringify(args) }));

  const tell = createBatchTelling({ registry, commands, isHeld: parts.isHeld, commit, now, diagnostics });
  const cancelChildren = createChildrenCancelling({
    ask,
    cancel: (child, deed) => parts.cancelling.cancel(child, deed),
    commit,
    now,
    isStopped: () => state === "stopped",
  });
  /** Those whose children are being cancelled, and whether that has to be done again. */
  const cancelling = new Map<string, "once" | "again">();
  let cancelRetry: CancelTimer = () => {};
  const retry = (row: BatchRow) => {
    cancelRetry();
    cancelRetry = clock.after(RETRY_MS, () => obey(row));
  };
  /** Away from the looks: a batch may have any number of children. */
  const obey = (row: BatchRow): void => {
    const name = `${row.tenant}/${row.id}`;
    if (cancelling.has(name)) return void cancelling.set(name, "again");
    if (state === "stopped") return;
    cancelling.set(name, "once");
    cancelChildren(row).catch(() => false).then((isDone) => {
      const isAsked = cancelling.get(name) === "again";
      cancelling.delete(name);
      if (isAsked) obey(row);
      else if (!isDone && state !== "stopped") retry(row);
    });
  };

  const isObliged = ({ cancelWishedBy, open }: BatchRow) => cancelWishedBy !== null && open > 0;

  const touchedOf = (tenant: string): Touched => {
    const of = touched.get(tenant) ?? { over: [], ids: new Set(), messages: new Set(), grown: new Set() };
    touched.set(tenant, of);
    return of;
  };

  /** What was not so after all is read. */
  const tellKnown = async (row: BatchRow): Promise<void> => {
    if (!await tell(row)) touchedOf(row.tenant).ids.add(row.id);
  };

  const lookAt = async (tenant: string, { ids, messages, grown }: Touched): Promise<void> => {
    const all = [...[...ids].map((id) => ({ id })), ...[...messages].map((message) => ({ message }))];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE);
      const args = {
        ids: some.flatMap((each) => "id" in each ? [each.id] : []),
        messages: some.flatMap((each) => "message" in each ? [each.message] : []),
      };
      const rows = await ask(batchTables.queries.untold, args, tenant);
      for (const row of rows) if (isObliged(row) && grown.has(row.id)) obey(row);
      await Promise.all(rows.map(tell));
    }
  };

  const lookAtAll = async (): Promise<void> => {
    for (const row of await ask(batchTables.queries.wished, { limit: AT_ONCE })) obey(row);
    const { failing, over, mended } = batchTables.queries;
    for (const query of [failing, over, mended]) {
      let rows;
      do {
        rows = await ask(query, { limit: AT_ONCE });
        await Promise.all(rows.map(tell));
      } while (rows.length === AT_ONCE && state === "looking");
    }
  };

  const looking = async (): Promise<void> => {
    while (state === "looking" && (touched.size > 0 || looksAtAll)) {
      const [some, all] = [touched, looksAtAll];
      touched = new Map();
      looksAtAll = false;
      if (all) await lookAtAll();
      await Promise.all([...some.values()].flatMap(({ over }) => over.map(tellKnown)));
      for (const [tenant, what] of some) await lookAt(tenant, what);
    }
  };

  const lookSoon = () => {
    if (state !== "resting") return;
    state = "looking";
    queueMicrotask(() =>
      // What cannot be read or written now is left to the next minute.
      looking().catch(() => {}).finally(() => {
        if (state === "looking") state = "resting";
        if (touched.size > 0 || looksAtAll) lookSoon();
      })
    );
  };

  const lookAround = () => {
    looksAtAll = true;
    lookSoon();
  };

  return {
    start() {
      cancel = every(clock, LOOK_EVERY_MS, () => parts.leads() && lookAround());
      lookAround();
    },
    tookOver: lookAround,
    batches: {
      async cancel(tenant, id, { by, rows } = OWN_DEED) {
        const writes = [{ write: "row", row: batchWrite("cancelWished", { id, by }) }] as const;
        await parts.command({ tenant, at: now(), writes, rows });
      },
    },
    counted(tenant, row) {
      // Nothing is left to do about it then.
      if (row.write === "doneTold" || row.write === "mendedTold") return;
      const noted = known?.note(tenant, row) ?? "unknown";
      if (noted === "nothing") return;
      const of = touchedOf(tenant);
      if (noted === "unknown") touch(of, row);
      else of.over.push(noted.over);
      lookSoon();
    },
    stop() {
      state = "stopped";
      cancel();
      cancelRetry();
    },
  };
}

function touch(of: Touched, { write, args: { id, message } }: RowWrite): void {
  if (typeof id === "string") of.ids.add(id);
  if (typeof id === "string" && write !== "counted") of.grown.add(id);
  if (typeof id !== "string" && typeof message === "string") of.messages.add(message);
}

/** Batches of a tenant by their ids, and by the messages that have begun them. */
interface Touched {
  /** Those that are over, as far as is known. */
  readonly over: BatchRow[];
  readonly ids: Set<string>;
  readonly messages: Set<string>;
  /** Those that have got children, or a wish: where they are to be cancelled, there is something to cancel. */
  readonly grown: Set<string>;
}
