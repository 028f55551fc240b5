import { type RawBuilder, sql } from "kysely";
import type { Address } from "../../actor/address.ts";
import type { Message, MessageRef } from "../../actor/message.ts";
import type { HeadPlace, LaneName } from "../contract.ts";
import type { Segment } from "../event_segments.ts";
import { DEAD_LETTER_COLUMNS, MESSAGE_COLUMNS, type SelectedDeadLetter } from "../message_columns.ts";
import { ACTOR_READS, BLOB_READS, CONTROL_READS, LOG_READS } from "../read_statements.ts";
import { columnsOf, prepareAll, prepareText } from "./prepared.ts";

/*
 * Heads lie in two indexes: those that no node owns by (tenant, kind, place), those that a node owns by (kind, tenant,
 * owner, place). What is sought among many is found by leaps, a seek per lane, however many heads each has.
 */

/** Lanes with heads that nobody owns, as a recursive part of a statement: `unowned (tenant, kind)`. */
export const UNOWNED_LANES = sql`unowned (tenant, kind) as (
  (select tenant, kind from messages where slot = 1 and owner = 0 order by tenant, kind limit 1)
  union all
  select next.tenant, next.kind from unowned cross join lateral (
    select tenant, kind from messages
    where slot = 1 and owner = 0 and (tenant, kind) > (unowned.tenant, unowned.kind)
    order by tenant, kind limit 1) as next)`;

/** Lanes with heads that some node owns: `owned (kind, tenant)`. */
export const OWNED_LANES = sql`owned (kind, tenant) as (
  (select kind, tenant from messages where slot = 1 and owner > 0 order by kind, tenant limit 1)
  union all
  select next.kind, next.tenant from owned cross join lateral (
    select kind, tenant from messages
    where slot = 1 and owner > 0 and (kind, tenant) > (owned.kind, owned.tenant)
    order by kind, tenant limit 1) as next)`;

/** In the order of a lane; indexes have it like this. */
export const LANE_ORDER = sql`priority desc, ready_at, seq`;

/** Of heads that do not come before a place. Two ranges, because one of the three columns falls while the others rise. */
export function headsOf(
  { tenant, kind, priority, readyAt, seq, limit }: LaneName & HeadPlace & { readonly limit: RawBuilder<unknown> },
  { of, columns, lock = sql`` }: {
    readonly of: RawBuilder<unknown>;
    readonly columns: RawBuilder<unknown>;
    readonly lock?: RawBuilder<unknown>;
  },
): RawBuilder<unknown> {
  const lane = sql`slot = 1 and ${of} and tenant = ${tenant} and kind = ${kind}`;
  return sql`(select ${columns} from messages where ${lane} and priority = ${priority}
      and (ready_at, seq) >= (${readyAt}, ${seq}) order by ${LANE_ORDER} limit ${limit} ${lock})
    union all
    (select ${columns} from messages where ${lane} and priority < ${priority}
      order by ${LANE_ORDER} limit ${limit} ${lock})`;
}

type Limited<T> = T & { readonly limit: number };

const MESSAGE = columnsOf(MESSAGE_COLUMNS, { of: "messages" });

export type ReadStatements = ReturnType<typeof prepareReads>;

// deno-lint-ignore explicit-module-boundary-types -- the row types follow from the builders
export function prepareReads() {
  return {
    ...prepareAll({ ...ACTOR_READS, ...CONTROL_READS, ...LOG_READS, ...BLOB_READS }),
    /** The limits keep the parts from being merged, as the server might then find the rows by less of their keys. */
    laterSiblings: prepareText<Address, Address>(({ tenant, kind, key }) =>
      sql`select other.tenant, other.kind, other.key
        from (select tenant, parent_kind, parent_key, place from supervision
            where tenant = ${tenant} and kind = ${kind} and key = ${key} limit 1) as child
          cross join lateral (select tenant, kind, key, place from supervision
            where tenant = child.tenant and parent_kind = child.parent_kind and parent_key = child.parent_key
              and place > child.place order by place offset 0) as other
        order by other.place`
    ),
    deadLetter: prepareText<{ readonly tenant: string; readonly id: string }, SelectedDeadLetter>(({ tenant, id }) =>
      sql`select ${columnsOf(DEAD_LETTER_COLUMNS, { of: "letter" })}
        from (select * from dead_letters where id = ${id} limit 1) as letter where tenant = ${tenant}`
    ),
    readyLanes: prepareText<object, LaneName>(() =>
      sql`with recursive ${UNOWNED_LANES}, ${OWNED_LANES}
        select tenant, kind from unowned union select tenant, kind from owned order by tenant, kind`
    ),
    readyHeads: prepareText<Limited<LaneName & HeadPlace>, Message>((args) => {
      const place = { ...placeOf(args), limit: sql`${args.limit}` };
      const unowned = headsOf(place, { of: sql`owner = 0`, columns: MESSAGE });
      const owned = headsOf(place, { of: sql`owner > 0`, columns: MESSAGE });
      return sql`select * from (${unowned} union all ${owned}) as heads order by ${LANE_ORDER} limit ${args.limit}`;
    }),
    /** Of heads that this life may wake: those that another has put off are its own business, however long it takes. */
    nextDueAt: prepareText<{ readonly generation: number }, { readonly readyAt: number | null }>(({ generation }) =>
      sql`select least(
        (select ready_at from messages where slot = 2 and owner = 0 order by ready_at limit 1),
        (select ready_at from messages where slot = 2 and owner > 0 and owner = ${generation}
          order by ready_at limit 1)) as ready_at`
    ),
    /** Up to 1 MiB of payloads, and one; of a mailbox whose head is that life's. */
    mailboxBehind: prepareText<
      Limited<MessageRef> & { readonly bytes: number; readonly generation: number },
      Message
    >((
      { tenant, kind, key, dueAt, seq, limit, bytes, generation },
    ) =>
      sql`select ${MESSAGE} from (
          select *, sum(octet_length(payload)) over (order by due_at, seq) as upto, row_number() over (order by due_at, seq) as nth
          from messages where tenant = ${tenant} and kind = ${kind} and key = ${key} and (due_at, seq) > (${dueAt}, ${seq})
            and ${generation} = (select owner from messages where tenant = ${tenant} and kind = ${kind} and key = ${key}
              order by due_at, seq limit 1)
          order by due_at, seq limit ${limit}) as messages
        where upto <= ${bytes} or nth = 1 order by due_at, seq`
    ),
    /** Of the tenants in a JSON list, in its order; null for one that has none. */
    logMarks: prepareText<
      { readonly tenants: string },
      { readonly last: number | null; readonly trimmedTo: number | null }
    >(
      ({ tenants }) =>
        sql`select marks.last_event as last, marks.trimmed_to
          from json_array_elements_text(${tenants}::json) with ordinality as asked (tenant, place)
            left join lateral (select last_event, trimmed_to from tenants where tenants.tenant = asked.tenant limit 1)
              as marks on true
          order by asked.place`,
    ),
    /** Those that hold the events that follow a number; a segment holds at most `longest`. */
    segments: prepareText<SegmentRange, Segment & { readonly trimmedTo: number }>((
      { tenant, after, limit, longest },
    ) =>
      sql`select event_log.first, event_log.last, event_log.events, tenants.trimmed_to
        from tenants join event_log on event_log.tenant = tenants.tenant
          and event_log.last > greatest(${after}::bigint, tenants.trimmed_to)
          and event_log.last < greatest(${after}::bigint, tenants.trimmed_to) + ${limit}::bigint + ${longest}::bigint
        where tenants.tenant = ${tenant}
          and event_log.first <= greatest(${after}::bigint, tenants.trimmed_to) + ${limit}::bigint
        order by event_log.last`
    ),
  };
}

type SegmentRange = {
  readonly tenant: string;
  readonly after: number;
  readonly limit: number;
  readonly longest: number;
};

function placeOf({ tenant, kind, priority, readyAt, seq }: LaneName & HeadPlace): LaneName & HeadPlace {
  return { tenant, kind, priority, readyAt, seq };
}
