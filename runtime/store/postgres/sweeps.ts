import type { Kysely } from "kysely";
import type { Registry } from "../../actor/registry.ts";
import type { Sweep } from "../../actor/tables.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import { bindArguments, compileStatement, type Statement } from "../statements.ts";
import { texts } from "./arrays.ts";
import { postgresCompiler } from "./dialect.ts";
import type { Answer } from "./driver.ts";
import type { BlobName } from "./plan_blobs.ts";
import { Eraser } from "./erasing.ts";
import { type Session, type SqlStatement, statement } from "./session.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
type Compiled = { readonly statement: Statement; readonly sql: SqlStatement };

/** A chunk is large: few are removed at once. */
const SWEPT_CHUNKS = 8;
/** No tenant has a period of its own. */
const NONE = "{}";
const WALK_EVERY_MS = 24 * 60 * 60 * 1_000;
const compiler: Kysely<unknown> = postgresCompiler();

const SQL = {
  letters: statement(`delete from dead_letters where id in
    (select id from dead_letters where died_at < $1::bigint order by died_at limit $2::bigint for update skip locked)`),
  claims: statement(`delete from idempotency_keys where (tenant, scope, key) in
    (select tenant, scope, key from idempotency_keys where until_at < $1::bigint order by until_at limit $2::bigint
      for update skip locked)`),
  abandoned: statement(`select tenant, id from blobs where done = 0 and begun_at < $1::bigint order by begun_at
    limit $2::bigint for update skip locked`),
  dropSome: statement(`delete from blob_chunks where (tenant, id, start_byte) in
    (select tenant, id, start_byte from blob_chunks where tenant = $1 and id = $2 order by start_byte limit $3::bigint)`),
  drop: statement("delete from blobs where tenant = $1 and id = $2"),
  abandon: statement(`update blobs set done = 0, begun_at = 0
    from unnest($1::text[], $2::text[]) as a (tenant, id) where blobs.tenant = a.tenant and blobs.id = a.id`),
  walk: statement(`select tenant, id, begun_at, done from blobs where (tenant, id) > ($1, $2) order by tenant, id
    limit $3::bigint`),
};

/**
 * Removes what has been kept long enough, a slice at a time. Several nodes may sweep at once: what one has in hand is left
 * alone by the others.
 */
export class KindSweeps {
  readonly #byTables = new Map<string, readonly (readonly Compiled[])[]>();
  readonly #holders: readonly Compiled[];
  readonly eraser: Eraser = new Eraser();
  /** How far the walk over all blobs has come; in memory only: after a rollback some are looked at another day. */
  #after: BlobName | undefined = { tenant: "", id: "" };
  #walkedAt = 0;

  /** @throws {RuntimeError} `internal` when a declared sweep cannot be compiled */
  constructor(registry: Registry) {
    for (const { name, sweeps } of registry.tables.values()) {
      this.#byTables.set(
        name,
        sweeps.map(({ statements }) => statements.map((build) => compiled(name, build))),
      );
    }
    this.#holders = [...registry.tables.values()].flatMap(({ name, holdsBlob }) =>
      holdsBlob === null ? [] : [compiled(name, holdsBlob)]
    );
  }

  /** @throws {RuntimeError} `internal` when nobody declares it */
  check({ tables, sweep }: WriteOf<"sweep-rows">): void {
    if (this.#byTables.get(tables)?.[sweep] === undefined) throw entryRefusals.noSuchSweep(`${tables}.${sweep}`);
  }

  async letters(session: Session, { before, limit }: WriteOf<"sweep-letters">): Promise<number> {
    return countOf(await answered(session, SQL.letters, [before, limit]));
  }

  /** How many rows the sweep's last statement removed. */
  async rows(session: Session, { tables, sweep, before, limit, own = NONE }: WriteOf<"sweep-rows">): Promise<number> {
    let removed = 0;
    for (const part of this.#byTables.get(tables)![sweep]!) {
      const { rows, rowCount } = await answered(
        session,
        part.sql,
        bindArguments(part.statement, { before, limit, own }),
      );
      removed = rowCount ?? 0;
      const named = (rows as [string | null, string | null][]).filter(([tenant, blob]) => tenant && blob);
      await abandon(session, named.map(([tenant, id]) => ({ tenant: tenant!, id: id! })));
    }
    return removed;
  }

  /** Idempotency keys that have ended, and what is left of blobs that were never finished, a few chunks at a time. */
  async keysAndBlobs(session: Session, { now, blobsBefore, limit }: WriteOf<"sweep">): Promise<number> {
    const keys = countOf(await answered(session, SQL.claims, [now, limit]));
    const few = Math.min(limit, SWEPT_CHUNKS);
    const { rows } = await answered(session, SQL.abandoned, [blobsBefore, few]);
    let removed = 0;
    for (const [tenant, id] of rows as [string, string][]) {
      removed += countOf(await answered(session, SQL.dropSome, [tenant, id, SWEPT_CHUNKS - removed]));
      if (removed >= SWEPT_CHUNKS) break;
      removed += countOf(await answered(session, SQL.drop, [tenant, id]));
    }
    return keys + removed;
  }

  /** Finished blobs that no tables hold: walks over all blobs, a slice at a time, once in each life and once a day. */
  async orphans(session: Session, { now, before, limit }: WriteOf<"sweep-blobs">): Promise<number> {
    if (this.#holders.length === 0) return 0;
    if (this.#after === undefined && now - this.#walkedAt >= WALK_EVERY_MS) this.#after = { tenant: "", id: "" };
    if (this.#after === undefined) return 0;
    const { rows } = await answered(session, SQL.walk, [this.#after.tenant, this.#after.id, limit]);
    const blobs = (rows as [string, string, number, number][]).map(([tenant, id, begunAt, done]) => ({
      name: { tenant, id },
      isOld: done === 1 && begunAt < before,
    }));
    const loose: BlobName[] = [];
    for (const { name, isOld } of blobs) if (isOld && !await this.#isHeld(session, name)) loose.push(name);
    await abandon(session, loose);
    this.#after = blobs.at(-1)?.name;
    if (blobs.length === 0) this.#walkedAt = now;
    return loose.length;
  }

  async #isHeld(session: Session, blob: BlobName): Promise<boolean> {
    for (const { statement, sql } of this.#holders) {
      const { rows } = await answered(session, sql, bindArguments(statement, { ...blob }));
      if (rows.length > 0) return true;
    }
    return false;
  }
}

/** They are gone for readers at once; a sweep removes them, a few chunks at a time. */
async function abandon(session: Session, blobs: readonly BlobName[]): Promise<void> {
  if (blobs.length === 0) return;
  const columns = [texts(blobs.map(({ tenant }) => tenant)), texts(blobs.map(({ id }) => id))];
  await answered(session, SQL.abandon, columns);
}

async function answered(session: Session, sql: SqlStatement, values: Parameters<Session["send"]>[1]): Promise<Answer> {
  const { answer } = session.send(sql, values);
  await session.answered();
  return await answer;
}

function countOf({ rowCount }: Answer): number {
  return rowCount ?? 0;
}

function compiled(
  tables: string,
  build:
    | Sweep["statements"][number]
    | ((db: Kysely<unknown>, blob: BlobName) => ReturnType<Sweep["statements"][number]>),
): Compiled {
  try {
    const made = compileStatement(compiler, build as Sweep["statements"][number]);
    return { statement: made, sql: statement(made.sql) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("internal", `A sweep of ${tables} cannot be prepared: ${reason}`, { cause });
  }
}
