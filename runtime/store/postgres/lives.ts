import { sql } from "kysely";
import type { NodeRole, Ownership } from "../contract.ts";
import { freed, freeReady, freeWaiting } from "./free_statements.ts";
import { LEASE_COLUMNS, type LeaseRow, NOW_MS } from "./lease.ts";
import { type Prepared, prepareText } from "./prepared.ts";
import type { Sent, Session } from "./session.ts";

const RECENT_MS = 5 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;
/** Heads that are freed with one statement. */
const STEP = 1_000;

export interface NewLife {
  readonly node: string;
  readonly role: NodeRole;
  readonly leaseMs: number;
  /** When it is opened. */
  readonly now: number;
}

/** Begins a life: its generation is larger than that of any life before, whatever node that was. */
export async function beginLife(session: Session, { node, role, leaseMs, now }: NewLife): Promise<Ownership> {
  session.say("begin");
  ask(session, forgetOld, { before: now - KEPT_MS });
  const earlier = ask(session, earlierLives, { node, from: now - RECENT_MS, now });
  const begun = ask(session, begin, { node, role, leaseMs, openedAt: now });
  session.say("commit");
  await session.answered();
  const [before] = await rowsOf(earlierLives, earlier);
  const [life] = await rowsOf(begin, begun);
  return {
    node,
    generation: life!.generation,
    previous: before!.previous ?? 0,
    uncleanStarts: before!.uncleanStarts,
  };
}

/**
 * Notes that a life ended as it should, and frees its heads; `at` is when it last did something. One that others have ended
 * stays as they left it.
 */
export async function endLife(
  session: Session,
  { generation, at }: { generation: number; at: number },
): Promise<void> {
  const ended = ask(session, end, { generation, at });
  await session.answered();
  if ((await ended.answer).rowCount !== 1) return;
  for (const free of [freeReady, freeWaiting]) {
    for (let count = STEP; count === STEP;) {
      const sent = ask(session, free, { generation, limit: STEP });
      await session.answered();
      count = (await sent.answer).rowCount ?? 0;
    }
  }
  ask(session, freed, { generation });
  await session.answered();
}

export interface Fencing {
  readonly generation: number;
  readonly leaseMs: number;
  /** Which of the life's batches this is, from 1. */
  readonly commits: number;
}

/**
 * The first statement of every batch: it prolongs the lease, and changes nothing when the life was ended. Whoever ends it
 * waits until the batch is through.
 */
export const fence: Prepared<Fencing, LeaseRow> = prepareText(({ generation, leaseMs, commits }) =>
  sql`update lives set commits = ${commits}, lease_until = ${NOW_MS} + ${leaseMs}::bigint
    where generation = ${generation} and ended_at is null returning ${LEASE_COLUMNS}`
);

/** What became of a batch whose answer was lost; waits for it where it is still under way. */
export const lastCommit: Prepared<
  { readonly generation: number },
  { readonly commits: number; readonly answer: string | null; readonly endedAt: number | null }
> = prepareText(({ generation }) =>
  sql`select commits, answer, ended_at from lives where generation = ${generation} for update`
);

export function ask<A extends object, Row>(session: Session, prepared: Prepared<A, Row>, args: A): Sent {
  const { name, text, values } = prepared.asked(args);
  return session.send({ name, text }, values as string[]);
}

export async function rowsOf<A extends object, Row>(prepared: Prepared<A, Row>, { answer }: Sent): Promise<Row[]> {
  return prepared.rowsOf(await answer);
}

const forgetOld = prepareText<{ readonly before: number }, never>(({ before }) =>
  sql`delete from lives where opened_at < ${before} and ended_at is not null and lease_until = 0`
);
const earlierLives = prepareText<
  { readonly node: string; readonly from: number; readonly now: number },
  { readonly previous: number | null; readonly uncleanStarts: number }
>(({ node, from, now }) =>
  sql`select max(generation) as previous,
      count(*) filter (where closed_at is null and opened_at between ${from} and ${now}) as unclean_starts
    from lives where node = ${node}`
);
const begin = prepareText<Omit<NewLife, "now"> & { readonly openedAt: number }, { readonly generation: number }>((
  { node, role, leaseMs, openedAt },
) =>
  sql`insert into lives (generation, opened_at, node, role, lease_until)
    values (nextval('life_generation'), ${openedAt}, ${node}, ${role}, ${NOW_MS} + ${leaseMs}::bigint)
    returning generation`
);
const end = prepareText<{ readonly generation: number; readonly at: number }, never>(({ generation, at }) =>
  sql`update lives set closed_at = greatest(opened_at, ${at}::bigint), ended_at = ${NOW_MS}
    where generation = ${generation} and ended_at is null`
);
