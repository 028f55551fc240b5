import { z } from "zod";
import { CompiledQuery, type Kysely, sql } from "kysely";
import {
  createRegistry,
  defineActor,
  defineTables,
  engineOf,
  type Registry,
  tableEnd,
} from "../../../runtime/authoring.ts";

interface NoteRow {
  tenant: string;
  id: string;
  body: string;
  /** At least 0, which the database checks. */
  stars: number;
}

const Id = z.object({ id: z.string() });

/** Tables with which the store's tests write and read. */
export const notes = defineTables<{ notes: NoteRow }>()("note", {
  migrations: {
    "2026-11-22-notes": {
      async up(db: Kysely<unknown>) {
        await db.schema.createTable("notes")
          .addColumn("tenant", "text", (column) => column.notNull())
          .addColumn("id", "text", (column) => column.notNull())
          .addColumn("body", "text", (column) => column.notNull())
          .addColumn("stars", "integer", (column) => column.notNull().check(sql`stars >= 0`))
          .addPrimaryKeyConstraint("notes_key", ["tenant", "id"])
          .modifyEnd(tableEnd(db, "strict", "without rowid")).execute();
      },
    },
  },
  writes: ({ write, writeMany }) => ({
    added: write<{ id: string; body: string }>((db, { tenant, id, body }) =>
      db.insertInto("notes").values({ tenant, id, body, stars: 0 })
    ),
    rated: write<{ id: string; stars: number }>(
      (db, { tenant, id, stars }) =>
        db.updateTable("notes").set({ stars }).where("tenant", "=", tenant).where("id", "=", id),
      { whenUnchanged: "conflict" },
    ),
    touched: write<{ id: string; body: string }>((db, { tenant, id, body }) =>
      db.updateTable("notes").set({ body }).where("tenant", "=", tenant).where("id", "=", id)
    ),
    /** A note of a job's message, with its payload. */
    noted: writeMany<{ id: string; stars: number }>((db, rows) => {
      const values = sql.join(rows.map(({ tenant, id, stars }) => sql`(${tenant}, ${id}, cast(${stars} as integer))`));
      return db.insertInto("notes").columns(["tenant", "id", "body", "stars"]).expression(
        sql`with said (tenant, id, stars) as (values ${values})
          select messages.tenant, messages.key, messages.payload, said.stars from said
            join messages on messages.tenant = said.tenant and messages.kind = 'job' and messages.key = said.id`,
      );
    }),
    /** A note of how the writer's connection brings commits to the disk. */
    settings: write<{ id: string }>((db, { tenant, id }) =>
      db.insertInto("notes").columns(["tenant", "id", "body", "stars"]).expression(
        engineOf(db) === "sqlite"
          ? sql`select ${tenant}, ${id}, journal_mode || ' ' || synchronous, 0 from pragma_journal_mode, pragma_synchronous`
          : sql`select ${tenant}, ${id}, current_setting('synchronous_commit'), 0`,
      )
    ),
    /** From now on the file may not grow, as on a full disk. */
    diskFull: write((db) => pragma(db, "max_page_count = 1")),
    diskFreed: write((db) => pragma(db, "max_page_count = 1000000")),
  }),
  /** Notes age by their stars; a note holds the blob of its name. */
  sweeps: ({ sweep }) => [
    sweep("notes", (db, { before, limit }) =>
      db.deleteFrom("notes")
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple("tenant", "id"),
            "in",
            selectFrom("notes").select(["tenant", "id"]).where("stars", "<", before).where("stars", ">", 0)
              .orderBy("stars").limit(limit).$asTuple("tenant", "id"),
          )
        )
        .returning(["tenant", "id as blob"])),
  ],
  holdsBlob: (db, { tenant, id }) =>
    db.selectFrom("notes").select("id").where("tenant", "=", tenant).where("id", "=", id),
  queries: ({ query, row }) => ({
    rowById: row(
      Id,
      (db, { tenant, id }) =>
        db.selectFrom("notes").select(["id", "body", "stars"]).where("tenant", "=", tenant).where("id", "=", id),
    ),
    byId: query(Id, async (db, { tenant, id }) =>
      await db.selectFrom("notes").select(["id", "body", "stars"])
        .where("tenant", "=", tenant).where("id", "=", id).executeTakeFirst() ?? null),
    all: query(
      z.object({}),
      (db, { tenant }) =>
        db.selectFrom("notes").select(["tenant", "id", "body"]).where("tenant", "=", tenant).orderBy("id").execute(),
    ),
    /** Kills its thread unless that is looked after. */
    lethal: query(z.object({}), () => {
      setTimeout(() => {
        throw new Error("the thread is dead");
      }, 0);
      return new Promise(() => {});
    }),
    /** Counts in the thread that runs it, a million in a quarter of a second. */
    counted: query(z.object({ upTo: z.number().int() }), async (db, { upTo }) => {
      const { rows } = await sql<{ many: number }>`with recursive numbers(n) as
        (select cast(1 as bigint) union all select n + 1 from numbers where n < ${upTo}) select count(*) as many from numbers`
        .execute(
          db,
        );
      return rows[0]?.many;
    }),
    /** Takes so long, on Postgres. */
    slept: query(z.object({ seconds: z.number() }), async (db, { seconds }) => {
      await sql`select pg_sleep(${seconds})`.execute(db);
      return "awake";
    }),
    endless: query(z.object({}), () => new Promise(() => {})),
    broken: query(z.object({}), () => Promise.reject(new Error("the query is broken"))),
  }),
});

/** Nothing on Postgres. */
function pragma(db: Kysely<{ notes: NoteRow }>, what: string) {
  return { compile: () => CompiledQuery.raw(engineOf(db) === "sqlite" ? `pragma ${what}` : "select 1") };
}

export const note = defineActor({
  kind: "note",
  state: z.object({}),
  initial: {},
  messages: { keep: z.object({}) },
  tables: [notes],
  on: { keep: () => {} },
});

export const registry: Registry = createRegistry([note]);
