import { type RawBuilder, sql } from "kysely";
import type { Message } from "../../actor/message.ts";
import type { HeadPlace, LaneName } from "../contract.ts";
import { MESSAGE_COLUMNS } from "../message_columns.ts";
import { columnsOf, type Prepared, prepareText } from "./prepared.ts";
import { headsOf, LANE_ORDER, OWNED_LANES, UNOWNED_LANES } from "./read_statements.ts";

type Part = RawBuilder<unknown>;
type Generation = { readonly generation: number };
type Claim = Generation & LaneName & HeadPlace & { readonly limit: number };

/** Limits on what has an owner, over all nodes; very large where there is none. */
interface Limits {
  readonly total: number;
  readonly perTenant: number;
  readonly tenantLimit: number;
}

/** A claimed head; where there is none, one row without `seq` says that the life still stands. */
export type ClaimedRow = Message & { readonly alive: number };

/** Locks of this program among others' on the same database. */
const [TENANT_LIMITS, KIND_LIMITS] = [sql.lit(1_835_100_526), sql.lit(1_835_100_527)];

const COLUMNS = columnsOf(MESSAGE_COLUMNS, { of: "messages" });
const PLACE = sql.raw("tenant, kind, key, due_at, seq");

/**
 * Whether the life of a generation still stands, kept so until the statement is over, as a part of it: `life (alive)`. Whoever
 * ends lives passes over a row that is locked so, which a commit of that life does not mind.
 */
export function lifeOf({ generation }: Generation): Part {
  return sql`life as materialized (
    select 1 as alive from lives where generation = ${generation} and ended_at is null for key share)`;
}

/** Lanes with a head that nobody owns, or that is this life's. */
export const claimable: Prepared<Generation, LaneName> = prepareText(({ generation }) =>
  sql`with recursive ${UNOWNED_LANES}, ${OWNED_LANES}
    select tenant, kind from unowned
    union
    select owned.tenant, owned.kind from owned cross join lateral (select 1 from messages
      where slot = 1 and owner > 0 and messages.kind = owned.kind and messages.tenant = owned.tenant
        and owner = ${generation} limit 1) as mine
    order by tenant, kind`
);

/** Of a kind without limits. */
export const claim: Prepared<Claim, ClaimedRow> = prepareText((args) => claiming(args, sql`free.heads`));

/** Of a kind, or a tenant, whose heads with an owner are limited. */
export const claimLimited: Prepared<Claim & Limits, ClaimedRow> = prepareText((args) => {
  const { tenant, kind, total, perTenant, tenantLimit } = args;
  const ofKind = sql`select count(*) from messages where slot = 1 and owner > 0 and kind = ${kind}`;
  const ofTenant = sql`with recursive kinds (kind) as (
      (select kind from messages where slot = 1 and owner > 0 order by kind limit 1)
      union all
      select next.kind from kinds cross join lateral (
        select kind from messages where slot = 1 and owner > 0 and kind > kinds.kind order by kind limit 1) as next)
    select coalesce(sum(heads), 0) from kinds cross join lateral (
      select count(*) as heads from messages
      where slot = 1 and owner > 0 and messages.kind = kinds.kind and tenant = ${tenant}) as counted`;
  return claiming(
    args,
    sql`greatest(0, least(free.heads, ${total}::bigint - (${ofKind}),
      ${perTenant}::bigint - (${ofKind} and tenant = ${tenant}), ${tenantLimit}::bigint - (${ofTenant})))`,
  );
});

/** Held until the transaction is over: others count when this one is done. */
export const lockLimits: Prepared<LaneName & { readonly ofTenant: number }, never> = prepareText((
  { tenant, kind, ofTenant },
) =>
  sql`select case when ${ofTenant} = 1 then pg_advisory_xact_lock(${TENANT_LIMITS}, hashtext(${tenant})) end,
    pg_advisory_xact_lock(${KIND_LIMITS}, hashtext(${kind}))`
);

/**
 * Of the best heads of a lane, its own and those that nobody owns, as many of the latter as are among them are taken. Those
 * that somebody else is just taking are passed over for what follows, and no more are locked than are taken.
 */
function claiming(args: Claim, allowed: Part): RawBuilder<ClaimedRow> {
  const { generation, tenant, kind, priority, readyAt, seq, limit } = args;
  const from = { tenant, kind, priority, readyAt, seq, limit: sql`${limit}` };
  const free = sql`slot = 1 and owner = 0 and tenant = ${tenant} and kind = ${kind}`;
  const places = sql.raw("priority, ready_at, seq, 0 as owner");
  return sql`with ${lifeOf(args)},
    own as materialized (select * from (
      ${headsOf(from, { of: sql`owner > 0 and owner = ${generation}`, columns: COLUMNS })}) as heads
      order by ${LANE_ORDER} limit ${limit}),
    best as (select owner from (
      select priority, ready_at, seq, 1 as owner from own
      union all select * from (${headsOf(from, { of: sql`owner = 0`, columns: places })}) as heads) as heads
      order by ${LANE_ORDER} limit ${limit}),
    free as (select count(*) as heads from best where owner = 0),
    allowed as materialized (select ${allowed} as heads from free),
    along as materialized (select ${PLACE} from messages
      where ${free} and priority = ${priority} and (ready_at, seq) >= (${readyAt}, ${seq})
      order by ${LANE_ORDER} limit (select heads from allowed) for update skip locked),
    below as materialized (select ${PLACE} from messages
      where ${free} and priority < ${priority}
      order by ${LANE_ORDER} limit (select heads from allowed) - (select count(*) from along) for update skip locked),
    taken as (update messages set owner = ${generation}
      from (select * from along union all select * from below) as picked
      where messages.tenant = picked.tenant and messages.kind = picked.kind and messages.key = picked.key
        and messages.due_at = picked.due_at and messages.seq = picked.seq and exists (select 1 from life)
      returning ${COLUMNS})
    select life.alive, heads.* from life left join (
      select * from (select * from own union all select * from taken) as heads
      order by ${LANE_ORDER} limit ${limit}) as heads on true
    order by ${LANE_ORDER}`;
}
