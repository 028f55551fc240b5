import { countsOf, logsOf } from "../batch_log.ts";
import type { EntryWork } from "../entry_work.ts";
import { segmentsOf } from "../event_segments.ts";
import { integers, texts } from "./arrays.ts";
import type { PlannedEntry } from "./planned_entry.ts";
import { type Sent, type Session, statement } from "./session.ts";

/**
 * Sends what comes last in a transaction: the tenants' counters, in the order of their names, which all batches take them
 * in; their events, numbered from the counters; and as the life's answer the number of each tenant's latest event, for the
 * case that this one is lost. Then what was trimmed, of what was there before.
 */
export function sendLog(session: Session, works: readonly PlannedEntry[], { me }: { me: number }): Sent {
  const trims = works.flatMap((work) => work.trims);
  const counts = new Map(countsOf(works));
  for (const { tenant } of trims) if (!counts.has(tenant)) counts.set(tenant, { events: 0, pending: 0 });
  const moves = [...counts].sort(([one], [other]) => one < other ? -1 : 1);
  const segments = [...logsOf(works)].flatMap(([tenant, { events }]) =>
    [...segmentsOf(1, events)].map((segment) => ({ tenant, total: events.length, ...segment }))
  );
  const sent = session.send(SQL.move, [
    texts(moves.map(([tenant]) => tenant)),
    integers(moves.map(([, { events }]) => events)),
    integers(moves.map(([, { pending }]) => pending)),
    texts(segments.map(({ tenant }) => tenant)),
    integers(segments.map(({ first, total }) => first - total)),
    integers(segments.map(({ last, total }) => last - total)),
    texts(segments.map(({ events }) => events)),
    me,
  ]);
  for (const { tenant, upTo } of trims) {
    session.send(SQL.trim, [tenant, upTo, counts.get(tenant)!.events]);
    session.send(SQL.removeTrimmed, [tenant]);
  }
  return sent;
}

/** The number of the first event of each work that has one; `lasts`: JSON of the tenants' latest numbers. */
export function numbersOf(works: readonly EntryWork[], lasts: string | null): ReadonlyMap<EntryWork, number> {
  const numbers = new Map<EntryWork, number>();
  const last = new Map(Object.entries(JSON.parse(lasts ?? "{}") as Record<string, number>));
  for (const [tenant, { events, before }] of logsOf(works)) {
    const first = last.get(tenant)! - events.length + 1;
    for (const [work, count] of before) numbers.set(work, first + count);
  }
  return numbers;
}

const SQL = {
  move: statement(`with moved as (
      insert into tenants (tenant, last_event, pending, last_seq, trimmed_to)
      select a.tenant, a.events, a.pending, 0, 0
      from unnest($1::text[], $2::bigint[], $3::bigint[]) as a (tenant, events, pending)
      on conflict (tenant) do update set last_event = tenants.last_event + excluded.last_event,
        pending = tenants.pending + excluded.pending
      returning tenant, last_event),
    marks as materialized (select jsonb_object_agg(tenant, last_event) as lasts from moved),
    logged as (
      insert into event_log (tenant, first, last, events)
      select a.tenant, (marks.lasts ->> a.tenant)::bigint + a.first, (marks.lasts ->> a.tenant)::bigint + a.last, a.events
      from marks, unnest($4::text[], $5::bigint[], $6::bigint[], $7::text[]) as a (tenant, first, last, events)),
    told as (update lives set answer = marks.lasts::text from marks where generation = $8::bigint)
    select lasts::text from marks`),
  trim: statement(`update tenants set trimmed_to = greatest(trimmed_to, least($2::bigint, last_event - $3::bigint))
    where tenant = $1`),
  removeTrimmed: statement(`delete from event_log where tenant = $1
    and last <= (select trimmed_to from tenants where tenant = $1)`),
};
