import type { Compilable, Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { z } from "zod";

export type SqlValue = string | number | null;

/** Stands in a compiled statement where a named argument goes, of one row or of several. */
export class Parameter {
  readonly name: string;
  /** Which row's; from 0. */
  readonly row: number;
  constructor(name: string, row: number) {
    this.name = name;
    this.row = row;
  }
}

/** What a write may be refused for: `conflict` fails the whole entry when no row was changed. */
export interface WriteOptions {
  readonly whenUnchanged?: "conflict" | "ignore";
}

/** A row operation, declared beside its kind and compiled once: `(db, args) => db.insertInto(...).values({ id: args.id })`. */
export interface BoundWrite<A extends object = object> {
  readonly tables: string;
  readonly name: string;
  readonly whenUnchanged: "conflict" | "ignore";
  // deno-lint-ignore no-explicit-any -- the row types of the tables stay with the declaration that checked them
  readonly build: (db: Kysely<any>, args: A & { tenant: string }) => Compilable;
  /** Of a write that comes many at a time: one statement for several rows, each of which changes one. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly buildMany?: (db: Kysely<any>, rows: readonly (A & { tenant: string })[]) => Compilable;
  /** Of a write that adds to rows: the arguments, beside the tenant, that say to which. */
  readonly sumBy?: readonly string[];
}

/** A read of committed rows, run on a reader; `args` are checked against `schema`, the tenant is bound by the runtime. */
export interface BoundQuery<A extends object = object, R = unknown> {
  readonly tables: string;
  readonly name: string;
  /** Of `args`. */
  readonly schema: z.ZodType;
  // deno-lint-ignore no-explicit-any -- as above
  readonly run: (db: Kysely<any>, args: A & { tenant: string }) => Promise<R>;
  /** Of a query for one row: its statement, which a reader compiles once and runs in place of `run`. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly build?: (db: Kysely<any>, args: A & { tenant: string }) => Compilable;
}

/**
 * Rows that are not kept for ever. Its statements are run together, in order, on the same slice: the oldest rows that
 * belong to it, at most `limit` of them, over all tenants; each finds them by an index. The last one says how many there
 * were. What a statement returns as `tenant` and `blob` is a blob that nobody needs any more.
 */
export interface Sweep {
  /** How long is said under this name by the program's settings. */
  readonly period: string;
  // deno-lint-ignore no-explicit-any -- as above
  readonly statements: readonly ((db: Kysely<any>, slice: SweepSlice) => Compilable)[];
}

export interface SweepSlice {
  /** Ms since the epoch. */
  readonly before: number;
  readonly limit: number;
  /** Other instants in place of `before`, by tenant: the JSON of an object. */
  readonly own: string;
}

/**
 * Answers a row while rows of these tables need the blob. A finished blob that no table set holds a day after it was begun
 * belongs to nothing, as when the process died before the job that it was uploaded for was accepted; it is removed.
 */
// deno-lint-ignore no-explicit-any -- as above
export type HoldsBlob<DB = any> = (
  db: Kysely<DB>,
  blob: { readonly tenant: string; readonly id: string },
) => Compilable;

/** A kind's own tables: how they come to be, how they are written, how they are read. */
export interface Tables<Writes = Readonly<Record<string, unknown>>, Reads = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** Keys are `YYYY-MM-DD-what`, unique over all kinds; run in their order. */
  readonly migrations: Readonly<Record<string, Migration>>;
  readonly writes: Writes;
  readonly queries: Reads;
  readonly sweeps: readonly Sweep[];
  readonly holdsBlob: HoldsBlob | null;
}

/** What Kysely's builders of selects are. */
export interface RowQuery<Row> extends Compilable {
  executeTakeFirst(): Promise<Row | undefined>;
}

/** The builders that {@linkcode defineTables} hands to a declaration; `DB` is the Kysely schema of the tables. */
export interface Declare<DB> {
  /** Arguments are strings, numbers or null; a boolean is 0 or 1; JSON is text. `args.tenant` is always there. */
  write<A extends object>(
    build: (db: Kysely<DB>, args: A & { tenant: string }) => Compilable,
    options?: WriteOptions,
  ): BoundWrite<A>;
  /**
   * A write that comes many at a time: those of a commit are run together, several with one statement, before what else
   * the commit holds after them and looks at the same tables, and before the messages leave that they come with; of several
   * such writes first the one that is declared first. Each changes a row of its own, else its entry is refused as `conflict`,
   * and none looks at what another has written.
   */
  writeMany<A extends object>(
    build: (db: Kysely<DB>, rows: readonly (A & { tenant: string })[]) => Compilable,
  ): BoundWrite<A>;
  /**
   * A write that adds to rows, like `writeMany` otherwise: what the entries of a commit add to the same row, which the
   * arguments `by` name, is added up first, so that a row to which all add is written once. Of arguments that are no numbers
   * the first is taken that is not null. It may change no row.
   */
  writeSum<A extends object>(
    by: readonly (keyof A & string)[],
    build: (db: Kysely<DB>, rows: readonly (A & { tenant: string })[]) => Compilable,
  ): BoundWrite<A>;
  query<A extends object, R>(
    schema: z.ZodType<A>,
    run: (db: Kysely<DB>, args: A & { tenant: string }) => Promise<R>,
  ): BoundQuery<A, R>;
  /** The first row of a statement that is compiled once, so `build` must not look at the arguments' values; null without one. */
  row<A extends object, Row>(
    schema: z.ZodType<A>,
    build: (db: Kysely<DB>, args: A & { tenant: string }) => RowQuery<Row>,
  ): BoundQuery<A, Row | null>;
  /** One statement is enough where one table is swept. */
  sweep(period: string, ...statements: ((db: Kysely<DB>, slice: SweepSlice) => Compilable)[]): Sweep;
}

/**
 * Declares the tables of a kind under a unique `name`.
 * @example
 * ```ts ignore
 * export const parcels = defineTables<{ parcels: ParcelRow }>()("parcel", {
 *   migrations: { "2026-11-22-parcels": createParcels },
 *   writes: ({ write }) => ({ scanned: write<Scan>((db, { tenant, id }) => db.insertInto("parcels").values({ tenant, id })) }),
 *   queries: ({ query }) => ({ byId: query(z.object({ id: z.string() }), (db, { tenant, id }) => ...) }),
 *   sweeps: ({ sweep }) => [sweep("parcels", (db, { before, limit }) => db.deleteFrom("parcels").where("id", "in", (from) =>
 *     from.selectFrom("parcels").select("id").where("deliveredAt", "<", before).orderBy("deliveredAt").limit(limit)))],
 * });
 * ```
 */
// deno-lint-ignore explicit-module-boundary-types -- the answer's type follows from the declaration
export function defineTables<DB>() {
  return <
    W extends Readonly<Record<string, BoundWrite<never>>>,
    Q extends Readonly<Record<string, BoundQuery<never, unknown>>>,
  >(name: string, declared: {
    readonly migrations: Readonly<Record<string, Migration>>;
    readonly writes: (declare: Declare<DB>) => W;
    readonly queries: (declare: Declare<DB>) => Q;
    readonly sweeps?: (declare: Declare<DB>) => readonly Sweep[];
    readonly holdsBlob?: HoldsBlob<DB>;
  }): Tables<W, Q> => {
    const declare: Declare<DB> = {
      write: (build, options) => ({
        tables: name,
        name: "",
        whenUnchanged: options?.whenUnchanged ?? "ignore",
        build,
      }),
      writeMany: (buildMany) => ({
        tables: name,
        name: "",
        whenUnchanged: "conflict",
        build: (db, args) => buildMany(db, [args]),
        buildMany,
      }),
      writeSum: (by, buildMany) => ({
        tables: name,
        name: "",
        whenUnchanged: "ignore",
        build: (db, args) => buildMany(db, [args]),
        buildMany,
        sumBy: ["tenant", ...by],
      }),
      query: (schema, run) => ({ tables: name, name: "", schema, run }),
      row: (schema, build) => ({
        tables: name,
        name: "",
        schema,
        run: async (db, args) => await build(db, args).executeTakeFirst() ?? null,
        build,
      }),
      sweep: (period, ...statements) => ({ period, statements }),
    };
    return {
      name,
      migrations: declared.migrations,
      writes: named(declared.writes(declare)),
      queries: named(declared.queries(declare)),
      sweeps: declared.sweeps?.(declare) ?? [],
      holdsBlob: declared.holdsBlob ?? null,
    };
  };
}

function named<T extends Readonly<Record<string, { readonly name: string }>>>(declared: T): T {
  return Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, { ...value, name }])) as T;
}

/** Arguments that answer every name with a {@linkcode Parameter}: what a write is compiled with. */
export function placeholders<A extends object>(row = 0): A {
  return new Proxy({}, { get: (_, name) => new Parameter(String(name), row) }) as A;
}
