import { type RawBuilder, sql } from "kysely";
import type { ActorSight, ActorsPage, ActorStatus } from "../contract.ts";
import type { SupervisionRow } from "../schema.ts";
import { supervisedOf, SUPERVISION_COLUMNS } from "../supervised.ts";
import { columnsOf, type Connection, type Prepared, prepareText } from "./prepared.ts";

interface PageArgs {
  readonly tenant: string;
  readonly kind: string;
  readonly key: string;
  readonly limit: number;
}

interface PageRow extends Omit<SupervisionRow, "tenant" | "place" | "restarts"> {
  /** Null where the actor has no row of supervision. */
  readonly restarts: string | null;
  readonly version: number | null;
  readonly updatedAt: number | null;
  /** 0 or 1. */
  readonly waits: number;
}

/**
 * A tenant's actors by page: those that have state, mail or a supervision of their own. Each of the three is read in order
 * from where the page begins, mail by leaps from mailbox to mailbox, so that a page costs a few seeks per actor, however
 * many actors there are and however deep their mailboxes.
 */
export class ActorPages {
  readonly #statements = new Map<string, Prepared<PageArgs, PageRow>>();

  async page(
    connection: Connection,
    { tenant, kind, status, after, limit }: ActorsPage,
  ): Promise<readonly ActorSight[]> {
    const statement = this.#statementOf(status ?? "any", kind === undefined ? ANY_KIND : ONE_KIND);
    const from = { kind: kind ?? after?.kind ?? "", key: after?.key ?? "" };
    return (await statement.all(connection, { ...from, tenant, limit })).map(sightOf);
  }

  #statementOf(status: ActorStatus | "any", range: Range): Prepared<PageArgs, PageRow> {
    const name = `${status} ${range === ONE_KIND}`;
    const known = this.#statements.get(name) ?? prepareText<PageArgs, PageRow>((args) => pageOf(status, range, args));
    this.#statements.set(name, known);
    return known;
  }
}

/** Rows that come after a place. */
type Range = (row: string, after: { readonly kind: RawBuilder<unknown>; readonly key: RawBuilder<unknown> }) => Part;
type Part = RawBuilder<unknown>;

const ANY_KIND: Range = (row, { kind, key }) =>
  sql`(${column(row, "kind")}, ${column(row, "key")}) > (${kind}, ${key})`;
const ONE_KIND: Range = (row, { kind, key }) =>
  sql`${column(row, "kind")} = ${kind} and ${column(row, "key")} > ${key}`;

function pageOf(status: ActorStatus | "any", range: Range, args: PageArgs): RawBuilder<PageRow> {
  const { tenant, limit } = args;
  const places = PLACES[status].map((table) => sql`(${table({ range, args })})`);
  return sql`with recursive ${mailboxes(status, { range, args })}
    select place.kind, place.key, actors.version, actors.updated_at, ${
    columnsOf(SUPERVISION_COLUMNS, { of: "supervision" })
  },
      ${hasMail("place", tenant)} as waits
    from (select kind, key from (${
    sql.join(places, sql` union `)
  }) as places order by kind, key limit ${limit}) as place
      left join lateral (${rowOf("actors", ["version", "updatedAt"], tenant)}) as actors on true
      left join lateral (${rowOf("supervision", SUPERVISION_COLUMNS, tenant)}) as supervision on true
    order by place.kind, place.key`;
}

/** By its key: what has a limit is not merged with the rest, where the server might find another way to it. */
function rowOf(table: "actors" | "supervision", columns: readonly string[], tenant: string): Part {
  return sql`select ${columnsOf(columns, { of: table })} from ${sql.table(table)}
    where tenant = ${tenant} and ${column(table, "kind")} = place.kind and ${column(table, "key")} = place.key limit 1`;
}

interface Slice {
  readonly range: Range;
  readonly args: PageArgs;
}

/** Where actors of a status are found: each part in order, at most a page of it. */
const PLACES: Readonly<Record<ActorStatus | "any", readonly ((slice: Slice) => Part)[]>> = {
  any: [
    (slice) => placesIn("actors", slice, sql`true`),
    (slice) => placesIn("supervision", slice, sql`true`),
    () => MAIL,
  ],
  parked: [(slice) => placesIn("supervision", slice, sql`place.parked_at is not null`)],
  waiting: [() => MAIL],
  idle: [
    (slice) =>
      placesIn(
        "actors",
        slice,
        sql`not ${hasMail("place", slice.args.tenant)} and not ${isParked("place", slice.args.tenant)}`,
      ),
    (slice) =>
      placesIn("supervision", slice, sql`place.parked_at is null and not ${hasMail("place", slice.args.tenant)}`),
  ],
};

const MAIL = sql`select kind, key from mailboxes where counts = 1`;

function placesIn(table: "actors" | "supervision", { range, args }: Slice, only: Part): Part {
  const { tenant, kind, key, limit } = args;
  return sql`select place.kind, place.key from ${sql.table(table)} as place
    where place.tenant = ${tenant} and ${range("place", { kind: sql`${kind}`, key: sql`${key}` })} and ${only}
    order by place.kind, place.key limit ${limit}`;
}

/** `mailboxes (kind, key, counts, found)`; of those that are listed as waiting, an actor that is parked is none. */
function mailboxes(status: ActorStatus | "any", { range, args }: Slice): Part {
  const { tenant, kind, key, limit } = args;
  const next = (after: Parameters<Range>[1]) =>
    sql`(select mail.kind, mail.key, ${
      status === "any" ? sql`1` : sql`(not ${isParked("mail", tenant)})::int`
    } as counts
      from (select kind, key from messages where tenant = ${tenant} and ${range("messages", after)}
        order by kind, key limit 1) as mail)`;
  const first = next({ kind: sql`${kind}`, key: sql`${key}` });
  const following = next({ kind: sql`mailboxes.kind`, key: sql`mailboxes.key` });
  return sql`mailboxes (kind, key, counts, found) as (
    select kind, key, counts, counts from ${first} as mail
    union all
    select next.kind, next.key, next.counts, mailboxes.found + next.counts from mailboxes cross join lateral ${following} as next
    where mailboxes.found < ${limit})`;
}

// As values, not by `exists`: that the server might merge with the rest.

function hasMail(row: string, tenant: string): Part {
  return sql`((select 1 from messages as mail where mail.tenant = ${tenant}
    and mail.kind = ${column(row, "kind")} and mail.key = ${column(row, "key")} limit 1) is not null)`;
}

function isParked(row: string, tenant: string): Part {
  return sql`((select 1 from supervision as control where control.tenant = ${tenant} and control.parked_at is not null
    and control.kind = ${column(row, "kind")} and control.key = ${column(row, "key")} limit 1) is not null)`;
}

function column(row: string, name: string): Part {
  return sql.ref(`${row}.${name}`);
}

function sightOf({ kind, key, version, updatedAt, waits, restarts, ...row }: PageRow): ActorSight {
  const supervised = restarts === null
    ? { parent: null, restarts: [], parked: null }
    : supervisedOf({ ...row, restarts });
  const status = supervised.parked !== null ? "parked" : waits === 1 ? "waiting" : "idle";
  return { kind, key, status, version: version ?? 0, updatedAt, ...supervised };
}
