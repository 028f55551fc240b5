import { type Compilable, type Kysely, type RawBuilder, sql } from "kysely";
import { type BoundWrite, type Declare, engineOf } from "../authoring.ts";
import { type Item, ITEM_NAMES, ITEMS, type ItemSpec, SYSTEM_USER } from "./items.ts";
import type { CatalogDatabase, CycleRow, Part, StagedRow } from "./rows.ts";

/** Of each part so many of the last cycles are kept. */
const KEPT_CYCLES = 1_000;

interface OfPart {
  readonly part: Part;
}

interface Applied extends OfPart {
  /** Ms since the epoch. */
  readonly at: number;
}

type Ended = OfPart & Omit<CycleRow, "tenant" | "part" | "startedAt" | "starts">;

/** What is written of the catalogue. */
export type CatalogWrites =
  & {
    readonly begun: BoundWrite<OfPart & Pick<CycleRow, "id" | "startedAt">>;
    readonly ended: BoundWrite<Ended>;
    readonly trimmed: BoundWrite<OfPart>;
    readonly staged: BoundWrite<Omit<StagedRow, "tenant">>;
    readonly cleared: BoundWrite<OfPart>;
    readonly clearedApplied: BoundWrite<OfPart>;
    readonly announced: BoundWrite<Applied>;
    readonly sourcesSeen: BoundWrite<Applied>;
    readonly sourcesGone: BoundWrite<OfPart>;
    readonly revised: BoundWrite<Applied>;
    readonly told: BoundWrite<{ readonly part: Part; readonly seq: number }>;
  }
  & { readonly [I in Item as `${I}Applied`]: BoundWrite<Applied> }
  & { readonly [I in Item as `${I}Withdrawn`]: BoundWrite<Applied> };

/**
 * Changes are staged as texts, over as many commits as it takes, and one commit makes all of them true: `...Applied` for
 * items that are new or other than before, `...Withdrawn` for those that are listed no more. Neither touches another row.
 */
export function catalogWrites({ write }: Declare<CatalogDatabase>): CatalogWrites {
  const items = ITEM_NAMES.flatMap((item) => [
    [`${item}Applied`, write<Applied>((db, args) => applied(db, item, args))],
    [`${item}Withdrawn`, write<Applied>((db, args) => withdrawn(db, item, args))],
  ]);
  return {
    ...Object.fromEntries(items) as Pick<CatalogWrites, `${Item}Applied` | `${Item}Withdrawn`>,
    begun: write((db, { tenant, part, id, startedAt }) =>
      db.insertInto("catalogCycles").values({ tenant, part, id, status: "running", startedAt, starts: 1 })
        .onConflict((conflict) =>
          conflict.columns(["tenant", "part", "id"]).doUpdateSet((eb) => ({
            status: "running" as const,
            starts: eb("catalogCycles.starts", "+", 1),
            delayedUntil: null,
          }))
        )
    ),
    ended: write(
      (db, { tenant, part, id, status, endedAt, durationMs, delayedUntil, counts, error, errorClass }) =>
        db.updateTable("catalogCycles")
          .set({ status, endedAt, durationMs, delayedUntil, counts, error, errorClass })
          .where("tenant", "=", tenant).where("part", "=", part).where("id", "=", id),
    ),
    trimmed: write((db, { tenant, part }) =>
      db.deleteFrom("catalogCycles").where("tenant", "=", tenant).where("part", "=", part).where(
        "id",
        "<",
        (from) =>
          from.selectFrom("catalogCycles").select("id").where("tenant", "=", tenant).where("part", "=", part)
            .orderBy("id", "desc").limit(1).offset(KEPT_CYCLES - 1),
      )
    ),
    staged: write((db, { tenant, part, item, seq, text }) =>
      db.insertInto("catalogStaged").values({ tenant, part, item, seq, text })
    ),
    cleared: write((db, { tenant, part }) =>
      db.deleteFrom("catalogStaged").where("tenant", "=", tenant).where("part", "=", part)
    ),
    /** What was applied; what is still to be told stays. */
    clearedApplied: write((db, { tenant, part }) =>
      db.deleteFrom("catalogStaged").where("tenant", "=", tenant).where("part", "=", part)
        .where("item", "<>", sql.lit("told"))
    ),
    /** So that no link leads nowhere, whatever becomes of the turn that reads categories. */
    announced: write((db, { tenant, part, at }) =>
      db.insertInto("catalogCategories")
        .columns(["tenant", "internalId", "hash", "status", "createdAt", "updatedAt", "updatedBy"])
        .expression(sql<never>`select distinct ${text(db, tenant)}, value ->> 1, '', 'announced', ${number(db, at)},
          ${number(db, at)}, ${number(db, SYSTEM_USER)} from ${stagedRows(db, { tenant, part, item: "links" })}
          where true`)
        .onConflict((conflict) => conflict.columns(["tenant", "internalId"]).doNothing())
    ),
    sourcesSeen: write((db, { tenant, part, at }) =>
      db.insertInto("catalogSources")
        .columns(["tenant", "part", "hash", "internalId", "reason", "seenAt"])
        .expression(sql<never>`select ${text(db, tenant)}, ${text(db, part)}, value ->> 0, value ->> 1, value ->> 2,
          ${number(db, at)} from ${stagedRows(db, { tenant, part, item: "sources" })} where true`)
        .onConflict((conflict) =>
          conflict.columns(["tenant", "part", "hash"]).doUpdateSet((eb) => ({
            internalId: eb.ref("excluded.internalId"),
            reason: eb.ref("excluded.reason"),
            seenAt: eb.ref("excluded.seenAt"),
          }))
        )
    ),
    sourcesGone: write((db, { tenant, part }) =>
      db.deleteFrom("catalogSources").where("tenant", "=", tenant).where("part", "=", part).where(
        "hash",
        "in",
        sql<string>`(select value ->> 0 from ${stagedRows(db, { tenant, part, item: "sources-gone" })})`,
      )
    ),
    revised: write((db, { tenant, part, at }) =>
      db.insertInto("catalogRevisions").values({ tenant, part, revision: 1, changedAt: at })
        .onConflict((conflict) =>
          conflict.columns(["tenant", "part"]).doUpdateSet((eb) => ({
            revision: eb("catalogRevisions.revision", "+", 1),
            changedAt: eb.ref("excluded.changedAt"),
          }))
        )
    ),
    told: write((db, { tenant, part, seq }) =>
      db.deleteFrom("catalogStaged").where("tenant", "=", tenant).where("part", "=", part).where("item", "=", "told")
        .where("seq", "=", seq)
    ),
  };
}

type Applying = Applied & { readonly tenant: string };

function applied(db: Kysely<CatalogDatabase>, item: Item, { tenant, part, at }: Applying): Compilable {
  const { table, keys, content }: ItemSpec = ITEMS[item];
  const names = [...keys, ...content.map(([name]) => name), "hash"];
  const types = [...keys.map(() => "text"), ...content.map(([, type]) => type), "text"];
  const isPostgres = engineOf(db) === "postgres";
  const values = types.map((type, index) => isPostgres ? `(value ->> ${index})::${type}` : `value ->> ${index}`);
  const set = names.slice(keys.length).map((name) => `${name} = excluded.${name}`);
  const insert = sql`insert into ${sql.table(table)} (tenant, ${
    sql.raw(names.join(", "))
  }, status, created_at, updated_at,
      updated_by)
    select ${text(db, tenant)}, ${sql.raw(values.join(", "))}, 'active', ${number(db, at)}, ${number(db, at)},
      ${number(db, SYSTEM_USER)}
    from ${stagedRows(db, { tenant, part, item })} where true
    on conflict (tenant, ${sql.raw(keys.join(", "))}) do update set ${sql.raw(set.join(", "))}, status = 'active',
      updated_at = excluded.updated_at, updated_by = excluded.updated_by`;
  return { compile: () => insert.compile(db) };
}

function withdrawn(db: Kysely<CatalogDatabase>, item: Item, { tenant, part, at }: Applying): Compilable {
  const { table, keys }: ItemSpec = ITEMS[item];
  const values = keys.map((_, index) => `value ->> ${index}`).join(", ");
  const update = sql`update ${sql.table(table)} set status = 'withdrawn', updated_at = ${number(db, at)},
      updated_by = ${number(db, SYSTEM_USER)}
    where tenant = ${text(db, tenant)} and (${sql.raw(keys.join(", "))}) in
      (select ${sql.raw(values)} from ${stagedRows(db, { tenant, part, item: `${item}-gone` })})`;
  return { compile: () => update.compile(db) };
}

/** The rows of staged texts, each a list, as `value`. */
function stagedRows(
  db: Kysely<CatalogDatabase>,
  { tenant, part, item }: { readonly tenant: string; readonly part: string; readonly item: string },
): RawBuilder<unknown> {
  const each = engineOf(db) === "postgres"
    ? sql`cross join lateral json_array_elements(cast(staged.text as json)) as each(value)`
    : sql`join jsonb_each(staged.text) as each`;
  return sql`(select each.value as value from catalog_staged as staged ${each}
    where staged.tenant = ${text(db, tenant)} and staged.part = ${text(db, part)} and staged.item = ${
    text(db, item)
  }) as changes`;
}

/** Postgres cannot tell the type of a value in a list of a select by itself. */
function text(db: Kysely<CatalogDatabase>, value: string): RawBuilder<unknown> {
  return engineOf(db) === "postgres" ? sql`cast(${value} as text)` : sql`${value}`;
}

function number(db: Kysely<CatalogDatabase>, value: number): RawBuilder<unknown> {
  return engineOf(db) === "postgres" ? sql`cast(${value} as bigint)` : sql`${value}`;
}
