import { type ColumnDefinitionBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { engineOf, tableEnd } from "../engine.ts";
import { type SegmentEvent, segmentsOf } from "../event_segments.ts";

/** Events lie in segments, many to a row; the view `events` shows each as the row it was. */
export const eventSegments: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createTable("event_log")
      .addColumn("tenant", "text", required).addColumn("last", "integer", required)
      .addColumn("first", "integer", required).addColumn("events", "text", required)
      .addPrimaryKeyConstraint("event_log_last", ["tenant", "last"])
      .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
    await moveEvents(db);
    await db.schema.dropTable("events").execute();
    await (engineOf(db) === "postgres" ? VIEW_ON_POSTGRES : VIEW).execute(db);
  },
};

const VIEW = sql`create view events (tenant, number, type, subject, at, data) as
      select event_log.tenant, first + event.key, event.value ->> 0, event.value ->> 1, event.value ->> 2, event.value ->> 3
      from event_log join tenants on tenants.tenant = event_log.tenant, json_each(event_log.events) as event
      where first + event.key > tenants.trimmed_to`;
const VIEW_ON_POSTGRES = sql`create view events (tenant, number, type, subject, at, data) as
      select event_log.tenant, first + nth - 1, (event ->> 0) collate "C", (event ->> 1) collate "C",
        cast(event ->> 2 as bigint), (event ->> 3) collate "C"
      from event_log join tenants on tenants.tenant = event_log.tenant
      cross join lateral json_array_elements(cast(events as json)) with ordinality as listed (event, nth)
      where first + nth - 1 > tenants.trimmed_to`;

interface OldEvent {
  readonly number: number;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly data: string;
}

const PAGE = 128;

/** In pages, as a log may be larger than memory. */
async function moveEvents(db: Kysely<unknown>): Promise<void> {
  for (let tenant = await tenantAfter(db, ""); tenant !== null; tenant = await tenantAfter(db, tenant)) {
    for (let page = await pageAfter(db, tenant, 0); page.length > 0;) {
      for (const run of runsOf(page)) {
        const events = run.map(({ type, subject, at, data }): SegmentEvent => [type, subject, at, data]);
        for (const segment of segmentsOf(run[0]!.number, events)) {
          await sql`insert into event_log (tenant, last, first, events)
            values (${tenant}, ${segment.last}, ${segment.first}, ${segment.events})`.execute(db);
        }
      }
      page = await pageAfter(db, tenant, page.at(-1)!.number);
    }
  }
}

async function tenantAfter(db: Kysely<unknown>, tenant: string): Promise<string | null> {
  const { rows: [found] } = await sql<{ tenant: string | null }>`
    select min(tenant) as tenant from events where tenant > ${tenant}`.execute(db);
  return found?.tenant ?? null;
}

async function pageAfter(db: Kysely<unknown>, tenant: string, number: number): Promise<readonly OldEvent[]> {
  const { rows } = await sql<OldEvent>`
    select number, type, subject, at, data from events
    where tenant = ${tenant} and number > ${number} order by number limit ${PAGE}`.execute(db);
  return rows;
}

/** Stretches without a hole; a log should have none, but what it has keeps its number. */
function runsOf(page: readonly OldEvent[]): OldEvent[][] {
  const runs: OldEvent[][] = [];
  let next = -1;
  for (const event of page) {
    if (event.number === next) runs.at(-1)!.push(event);
    else runs.push([event]);
    next = event.number + 1;
  }
  return runs;
}

function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull();
}
