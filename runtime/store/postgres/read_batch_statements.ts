import { statement } from "./session.ts";

/** Of messages, in the order in which they are taken apart. */
const MAIL = "m.tenant, m.kind, m.key, m.due_at, m.seq, m.ready_at, m.slot, m.owner, m.dedupe_key";
/** The same; who has been ended owns nothing, also where that was not taken from him yet. */
const OWNED_MAIL = (me: string) =>
  MAIL.replace(
    "m.owner",
    `case when m.owner in (0, ${me}::bigint) then m.owner else coalesce(
    (select generation from lives where generation = m.owner and ended_at is null), 0) end`,
  );
const SUPERVISION = "s.tenant, s.kind, s.key, s.parent_kind, s.parent_key, s.place, s.restarts, s.parked_at, " +
  "s.park_reason, s.parked_because";

const ACTORS = "unnest($1::text[], $2::text[], $3::text[]) as a (tenant, kind, key)";
const SAME_ACTOR = (row: string) => `${row}.tenant = a.tenant and ${row}.kind = a.kind and ${row}.key = a.key`;

/** $2 waiting heads of nobody or of the life $3, the earliest first: each from its own index, past none of others'. */
function waiting(when: string, lock = ""): string {
  const of = (owner: string) =>
    `materialized (select * from messages where slot = 2 and ${owner} and ${when} order by ready_at limit $2::bigint ${lock})`;
  return `with nobodys as ${of("owner = 0")}, own as ${of("owner > 0 and owner = $3::bigint")}
    select ${MAIL} from (select * from nobodys union all select * from own) as m order by m.ready_at limit $2::bigint`;
}

/**
 * What a batch reads under its locks. All go through an index, row by row of what is asked, whatever the server believes of
 * how many rows there are: `offset 0` keeps it from going the other way round.
 */
export const reads = {
  /** The first messages of mailboxes: $4 of each, for the life $5. */
  first: statement(`select ${OWNED_MAIL("$5")}
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as a (tenant, kind, key, depth)
      cross join lateral (select * from messages as m where ${SAME_ACTOR("m")} order by due_at, seq limit a.depth
        for update) as m`),
  /** The latest of those that were to be handled at once. */
  latest: statement(`select a.tenant, a.kind, a.key, m.due_at from ${ACTORS}
      cross join lateral (select due_at from messages as m where ${SAME_ACTOR("m")} and due_at <= $4::bigint
        and due_at = enqueued_at order by due_at desc, seq desc limit 1) as m`),
  parked: statement(`select a.tenant, a.kind, a.key from ${ACTORS}
      cross join lateral (select from supervision as s where ${
    SAME_ACTOR("s")
  } and parked_at is not null offset 0) as s`),
  named: statement(`select ${OWNED_MAIL("$6")}
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as a (tenant, kind, key, due_at, seq)
      cross join lateral (select * from messages as m where ${SAME_ACTOR("m")} and m.due_at = a.due_at and m.seq = a.seq
        offset 0 for update) as m`),
  dedupeHolders: statement(
    `select ${MAIL} from unnest($1::text[], $2::text[], $3::text[]) as a (tenant, kind, dedupe_key)
      cross join lateral (select * from messages as m where m.tenant = a.tenant and m.kind = a.kind
        and m.dedupe_key = a.dedupe_key and m.dedupe_key is not null offset 0) as m`,
  ),
  claims: statement(`select c.tenant, c.scope, c.key, c.print, c.answer, c.until_at
    from unnest($1::text[], $2::text[], $3::text[]) as a (tenant, scope, key)
      cross join lateral (select * from idempotency_keys as c where c.tenant = a.tenant and c.scope = a.scope
        and c.key = a.key offset 0 for update) as c`),
  blobs: statement(`select b.tenant, b.id, b.done, b.begun_at, c.idx, c.start_byte, c.bytes
    from unnest($1::text[], $2::text[]) as a (tenant, id)
      cross join lateral (select * from blobs as b where b.tenant = a.tenant and b.id = a.id offset 0 for update) as b
      left join lateral (select idx, start_byte, octet_length(bytes) as bytes from blob_chunks
        where tenant = a.tenant and id = a.id order by start_byte desc limit 1) as c on true`),
  letters: statement(`select d.tenant, d.id from unnest($1::text[]) as a (id)
      cross join lateral (select * from dead_letters as d where d.id = a.id offset 0 for update) as d`),
  supervised: statement(`select ${SUPERVISION} from ${ACTORS}
      cross join lateral (select * from supervision as s where ${SAME_ACTOR("s")} offset 0 for update) as s`),
  lastPlaces: statement(`select a.tenant, a.kind, a.key, s.place from ${ACTORS}
      cross join lateral (select place from supervision where tenant = a.tenant and parent_kind = a.kind
        and parent_key = a.key and parent_kind is not null order by place desc limit 1) as s`),
  parkedBecause: statement(`select ${SUPERVISION} from unnest($1::text[], $2::text[]) as a (tenant, because)
      cross join lateral (select * from supervision as s where s.tenant = a.tenant and s.parked_because = a.because
        and s.parked_because is not null offset 0 for update) as s`),
  children: statement(`select ${SUPERVISION} from ${ACTORS}
      cross join lateral (select * from supervision as s where s.tenant = a.tenant and s.parent_kind = a.kind
        and s.parent_key = a.key and s.parent_kind is not null offset 0 for update) as s`),
  /** Waiting heads of this node or of nobody that are due; those that another transaction has in hand are left to it. */
  dueHeads: statement(waiting("ready_at <= $1::bigint", "for update skip locked")),
  laterHeads: statement(waiting("ready_at > $1::bigint")),
  seqs: statement("select nextval('message_seq') from generate_series(1, $1::bigint)"),
} as const;
