import { serializeError } from "../../core/errors.ts";
import type { EntryResult, StoreEntry } from "../contract.ts";
import { runActs } from "./acts.ts";
import { type Done, resultsOf } from "./batch_results.ts";
import { BatchState } from "./batch_state.ts";
import { entryFault, isSurprise, sqlState, storageFault } from "./faults.ts";
import { fenced } from "./lease.ts";
import type { Life } from "./life.ts";
import { ask, fence, rowsOf } from "./lives.ts";
import { type Needs, needsOf } from "./needs.ts";
import { planEntry, type PlanParts } from "./plan_entry.ts";
import { PlannedEntry } from "./planned_entry.ts";
import { readBatch } from "./read_batch.ts";
import { reads } from "./read_batch_statements.ts";
import { checkRows, sendRows } from "./row_writes.ts";
import { Seqs, SEQS_AT_ONCE } from "./seqs.ts";
import type { Sent, Session } from "./session.ts";
import { sendTold } from "./tell_heads.ts";
import { sendLog } from "./write_log.ts";
import { type MustChange, sendMail } from "./write_mail.ts";
import { sendRest } from "./write_rest.ts";

/** Somebody else was faster than what was read, or than what was done without a look: to be planned anew. */
export class Surprise extends Error {}

/** How a batch is tried. */
export interface Try {
  /** Without a look at what the batch itself says of mailboxes that have one message. */
  readonly blindly: boolean;
  /** With a savepoint around each entry, so that the one that the database refuses is refused alone. */
  readonly oneByOne: boolean;
}

export interface Transacting extends PlanParts {
  readonly life: Life;
  /** Places that are left from before. */
  readonly spare: Seqs;
  /** Which of the life's batches it is, from 1. */
  readonly commits: number;
}

/**
 * A batch that is written but not committed. `commit` waits for that; should its answer be lost, `resultsAfter` tells what it
 * would have been, by what the life's row says.
 */
export interface Written {
  commit(): Promise<readonly EntryResult[]>;
  resultsAfter(answer: string | null): readonly EntryResult[];
}

/**
 * Writes a batch in a transaction, up to the commit.
 * @throws {RuntimeError} `fenced`
 * @throws {Surprise} or what a statement failed with: nothing is written then, and the transaction is to be rolled back
 */
export async function transact(
  session: Session,
  batch: readonly StoreEntry[],
  { how, ...parts }: Transacting & { how: Try },
): Promise<Written> {
  const { life, commits, spare } = parts;
  const { generation } = life.ownership;
  const needs = needsOf(batch, { blindly: how.blindly });
  const sending = life.lease.sending();
  session.say("begin");
  const passed = ask(session, fence, { generation, leaseMs: life.leaseMs, commits });
  const pass = async () => {
    const [row] = await rowsOf(fence, passed);
    if (row === undefined) throw fenced(life.ownership);
    return row;
  };
  const state = await prepare(session, needs, { ...parts, at: batch[0]?.at ?? 0 });
  // For the next batch, so that it need not wait for them.
  const drawn = spare.left < Seqs.few ? session.send(reads.seqs, [Seqs.few / SEQS_AT_ONCE]) : undefined;
  const { done, told } = how.oneByOne
    ? await oneByOne(session, batch, { state, parts })
    : await wholeBatch(session, batch, { state, parts });
  const lease = await pass();
  const heads = await told();
  if (drawn !== undefined) spare.add((await drawn.answer).rows.map(([seq]) => seq as number));
  return {
    async commit() {
      const works = done.filter((each) => each instanceof PlannedEntry);
      const log = sendLog(session, works, { me: generation });
      const committed = session.say("commit");
      await session.answered();
      if ((await committed.answer).command !== "COMMIT") throw new Surprise("The transaction was not committed");
      // Not before: what is taken back has prolonged nothing.
      life.lease.told(sending, lease);
      state.seqs.moveTo(spare);
      return resultsOf(done, heads, await lastsOf(log));
    },
    resultsAfter: (answer) => resultsOf(done, heads, answer),
  };
}

async function lastsOf(log: Sent | undefined): Promise<string | null> {
  return log === undefined ? null : (await log.answer).rows[0]![0] as string | null;
}

/** What the batch is planned over. Where nothing has to be read, nobody waits for anything. */
async function prepare(
  session: Session,
  needs: Needs,
  { life, spare, at }: Transacting & { at: number },
): Promise<BatchState> {
  const ownership = { me: life.ownership.generation, duties: life.duties };
  if (!needs.isNone || spare.left < needs.appends) return await readBatch(session, needs, { ownership, at });
  return new BatchState({ ownership, seqs: spare });
}

interface Planning {
  readonly state: BatchState;
  readonly parts: PlanParts & { readonly life: Life };
}

type Outcome = { readonly done: readonly Done[]; readonly told: ReturnType<typeof sendTold> };

async function wholeBatch(
  session: Session,
  batch: readonly StoreEntry[],
  { state, parts }: Planning,
): Promise<Outcome> {
  const done = batch.map((entry): Done => {
    try {
      const applied = planEntry(state, entry, parts);
      state.undo.keep();
      return applied;
    } catch (thrown) {
      state.undo.back();
      return refused(thrown);
    }
  });
  const works = done.filter((each) => each instanceof PlannedEntry);
  const check = await sendChanges(session, works, { state, parts });
  const told = sendTold(session, state, works);
  await session.answered();
  await check();
  return { done, told };
}

async function oneByOne(session: Session, batch: readonly StoreEntry[], { state, parts }: Planning): Promise<Outcome> {
  const done: Done[] = [];
  for (const entry of batch) done.push(await savepoint(session, entry, { state, parts }));
  const works = done.filter((each) => each instanceof PlannedEntry);
  const told = sendTold(session, state, works);
  await session.answered();
  return { done, told };
}

async function savepoint(session: Session, entry: StoreEntry, { state, parts }: Planning): Promise<Done> {
  session.say("savepoint entry");
  try {
    const applied = planEntry(state, entry, parts);
    if (applied instanceof PlannedEntry) {
      const check = await sendChanges(session, [applied], { state, parts });
      await session.answered();
      await check();
    }
    state.undo.keep();
    session.say("release entry");
    return applied;
  } catch (thrown) {
    const isOthers = thrown instanceof Surprise || isSurprise(thrown) || isTaken(thrown);
    if (isOthers || storageFault(thrown) !== undefined) throw thrown;
    state.undo.back();
    session.say("rollback to entry");
    session.say("release entry");
    await session.answered();
    return refused(thrown);
  }
}

/** What is made from messages goes before these leave. */
async function sendChanges(
  session: Session,
  works: readonly PlannedEntry[],
  { state, parts }: Planning,
): Promise<() => Promise<void>> {
  const rows = sendRows(session, works.flatMap((work) => work.rows));
  const changes = [
    ...sendMail(session, state.mailboxes, { me: state.heads.me }),
    ...sendRest(session, state, works),
  ];
  await runActs(session, works, parts.sweeps);
  return async () => {
    await mustHaveChanged(changes);
    await checkRows(rows);
  };
}

async function mustHaveChanged(changes: readonly MustChange[]): Promise<void> {
  for (const { sent, rows } of changes) {
    if ((await sent.answer).rowCount !== rows) throw new Surprise("Others have changed what this batch was to change");
  }
}

/** A message with the same dedupe key was added meanwhile. */
function isTaken(thrown: unknown): boolean {
  return sqlState(thrown) === "23505" && (thrown as { constraint?: unknown }).constraint === "messages_dedupe";
}

function refused(thrown: unknown): Done {
  return { status: "refused", error: serializeError(entryFault(thrown, "the state")) };
}
