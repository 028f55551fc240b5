import { type RawBuilder, sql } from "kysely";
import type { LaneName } from "../contract.ts";
import { lifeOf } from "./claim_statements.ts";
import { NOW_MS } from "./lease.ts";
import { type Prepared, prepareText } from "./prepared.ts";

const FREED_MS = 60_000;

type Generation = { readonly generation: number };
type Step = Generation & { readonly limit: number };

/** Addresses, each part in a list of its own. */
export interface AddressLists {
  readonly tenants: readonly string[];
  readonly kinds: readonly string[];
  readonly keys: readonly string[];
}

/** A head that has no owner any more. */
export interface FreedRow extends LaneName {
  readonly slot: number;
  readonly readyAt: number;
}

/** Where there is none, one row without `slot` says that the life still stands. */
export type DisownedRow = FreedRow & { readonly alive: number };

/**
 * Lives that were ended and of whose heads some may still be theirs: when all are free, the lease is set to 0. A batch of
 * another node that was under way when the life was ended may have left it the head of a mailbox; so they are looked at for
 * a minute, which is longer than a batch can take.
 */
export const unfreed: Prepared<object, Generation> = prepareText(() =>
  sql`select generation from lives where ended_at is not null and lease_until > 0 order by generation`
);

export const freed: Prepared<Generation, never> = prepareText(({ generation }) =>
  sql`update lives set lease_until = 0 where generation = ${generation} and ended_at < ${NOW_MS} - ${sql.lit(FREED_MS)}`
);

/** Ends one's own life. */
export const endOwn: Prepared<Generation, never> = prepareText(({ generation }) =>
  sql`update lives set ended_at = ${NOW_MS} where generation = ${generation} and ended_at is null`
);

/** Some heads of a life that was ended. */
export const freeReady: Prepared<Step, FreedRow> = prepareText((step) => freeing(step, { slot: sql`1` }));
export const freeWaiting: Prepared<Step, FreedRow> = prepareText((step) => freeing(step, { slot: sql`2` }));

/** Some heads of a life that stands, but for those of the actors that are busy. */
export const disownReady: Prepared<Step & AddressLists, DisownedRow> = prepareText((step) => disowning(step, sql`1`));
export const disownWaiting: Prepared<Step & AddressLists, DisownedRow> = prepareText((step) => disowning(step, sql`2`));

/**
 * Ready heads of these actors, of a life that stands. Who is just changing one is not waited for, as he may wait for another
 * of them.
 */
export const disownThese: Prepared<Generation & AddressLists, DisownedRow> = prepareText((args) =>
  sql`with ${lifeOf(args)},
    mine as materialized (select head.* from unnest(
        ${args.tenants}::text[], ${args.kinds}::text[], ${args.keys}::text[]) as given (tenant, kind, key)
      cross join lateral (
        select tenant, kind, key, due_at, seq, slot, owner from messages
        where messages.tenant = given.tenant and messages.kind = given.kind and messages.key = given.key
        order by due_at, seq limit 1 for update skip locked) as head
      where head.slot = 1 and head.owner = ${args.generation} and exists (select 1 from life)),
    disowned as (update messages set owner = 0 from mine
      where messages.tenant = mine.tenant and messages.kind = mine.kind and messages.key = mine.key
        and messages.due_at = mine.due_at and messages.seq = mine.seq
      returning messages.tenant, messages.kind, messages.slot, messages.ready_at)
    select life.alive, disowned.* from life left join disowned on true`
);

function disowning(step: Step & AddressLists, slot: RawBuilder<unknown>): RawBuilder<DisownedRow> {
  const idle = sql`not exists (select 1
    from unnest(${step.tenants}::text[], ${step.kinds}::text[], ${step.keys}::text[]) as busy (tenant, kind, key)
    where busy.tenant = messages.tenant and busy.kind = messages.kind and busy.key = messages.key)
    and exists (select 1 from life)`;
  return sql`with ${lifeOf(step)}, disowned as (${freeing(step, { slot, only: idle })})
    select life.alive, disowned.* from life left join disowned on true`;
}

function freeing(
  { generation, limit }: Step,
  { slot, only = sql`true` }: { readonly slot: RawBuilder<unknown>; readonly only?: RawBuilder<unknown> },
): RawBuilder<FreedRow> {
  return sql`update messages set owner = 0 from (
      select tenant, kind, key, due_at, seq from messages
      where slot = ${slot} and owner > 0 and owner = ${generation} and ${only}
      order by tenant, kind, key, due_at, seq limit ${limit} for update) as mine
    where messages.tenant = mine.tenant and messages.kind = mine.kind and messages.key = mine.key
      and messages.due_at = mine.due_at and messages.seq = mine.seq and messages.owner = ${generation}
    returning messages.tenant, messages.kind, messages.slot, messages.ready_at`;
}
