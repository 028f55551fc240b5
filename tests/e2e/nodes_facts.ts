import type { SegmentEvent } from "../../runtime/store/event_segments.ts";
import type { Kept } from "./torture_load.ts";

/** What a database that several nodes shared says when all is over. */
export interface NodesFacts {
  readonly kept: Kept;
  /** Of the webhook jobs. */
  readonly hookPayloads: readonly string[];
  /** By tenant, in the order of their numbers. */
  readonly events: ReadonlyMap<string, readonly LoggedEvent[]>;
  readonly segments: readonly WrittenSegment[];
  readonly lives: readonly LifeStep[];
}

export interface LoggedEvent {
  readonly number: number;
  readonly type: string;
  readonly subject: string;
  readonly data: string;
}

/** Events that one transaction has written. */
export interface WrittenSegment {
  readonly tenant: string;
  readonly first: number;
  readonly last: number;
  readonly transaction: number;
}

/** A commit of a life, or its end, as the database's own trigger saw it. */
export interface LifeStep {
  /** Grows in the order in which one life's steps were made: it is drawn while the row is locked. */
  readonly place: number;
  readonly transaction: number;
  readonly generation: number;
  /** Its life is over from this step on. */
  readonly ended: boolean;
}

/** Runs one statement against the database, past the nodes. */
export type Query = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/**
 * From now on the database itself keeps, beside what the nodes write, which transaction has touched which life and has
 * written which events. No node knows of it.
 */
export async function watchCommits(query: Query): Promise<void> {
  await query(
    `create table watched_lives (place bigserial primary key, transaction bigint, generation bigint, ended boolean)`,
  );
  await query(`create table watched_segments (tenant text, first bigint, last bigint, transaction bigint)`);
  await query(`create function watch_life() returns trigger language plpgsql as $$ begin
    insert into watched_lives (transaction, generation, ended)
      values (pg_current_xact_id()::text::bigint, new.generation, new.ended_at is not null and old.ended_at is null);
    return null;
  end $$`);
  await query(`create function watch_segments() returns trigger language plpgsql as $$ begin
    insert into watched_segments select tenant, first, last, pg_current_xact_id()::text::bigint from written;
    return null;
  end $$`);
  await query(`create trigger watch_life after update of commits, ended_at on lives for each row
    when (new.commits <> old.commits or new.ended_at is distinct from old.ended_at) execute function watch_life()`);
  await query(`create trigger watch_segments after insert on event_log referencing new table as written
    for each statement execute function watch_segments()`);
}

/** Counters bear the names `tenant key`. */
export async function readFacts(query: Query): Promise<NodesFacts> {
  const log = await query<{ tenant: string; first: number; last: number; events: string }>(
    `select tenant, first, last, events from event_log order by tenant, last`,
  );
  const events = new Map<string, LoggedEvent[]>();
  for (const { tenant, first, events: text } of log) {
    const known = events.get(tenant) ?? [];
    events.set(tenant, known);
    for (const [index, [type, subject, , data]] of (JSON.parse(text) as SegmentEvent[]).entries()) {
      known.push({ number: first + index, type, subject, data });
    }
  }
  return {
    kept: await readKept(query, events),
    hookPayloads: (await query<{ payload: string }>(`select payload from jobs where type = 'webhook'`))
      .map(({ payload }) => payload),
    events,
    segments: await query(`select tenant, first, last, transaction from watched_segments`),
    lives: await query(`select place, transaction, generation, ended from watched_lives order by place`),
  };
}

async function readKept(query: Query, events: ReadonlyMap<string, readonly LoggedEvent[]>): Promise<Kept> {
  const jobs = await query<{ id: string; status: string; attempts: number }>(`select id, status, attempts from jobs`);
  const failures = Map.groupBy(
    await query<{ id: string; error: string | null }>(
      `select job_id as id, error from attempts where outcome <> 'succeeded'`,
    ),
    ({ id }) => id,
  );
  const counters = await query<{ tenant: string; key: string; state: string }>(
    `select tenant, key, state from actors where kind = 'counter'`,
  );
  return {
    jobs: new Map(jobs.map(({ id, ...job }) => {
      const errors = (failures.get(id) ?? []).map(({ error }) => error === null ? "" : JSON.parse(error).message);
      return [id, { ...job, errors }];
    })),
    twice: toldTwice([...events.values()].flat()),
    counts: new Map(counters.map(({ tenant, key, state }) => [`${tenant} ${key}`, JSON.parse(state).count as number])),
  };
}

/** Ids of the jobs that succeed more than once in the log. */
export function toldTwice(events: readonly LoggedEvent[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()];
  for (const { type, subject } of events) {
    if (type !== "job.succeeded") continue;
    const id = subject.replace(/^job\//, "");
    (once.has(id) ? twice : once).add(id);
  }
  return twice;
}
