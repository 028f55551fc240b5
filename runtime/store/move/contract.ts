/** A value as either engine answers it. */
export type MovedValue = string | number | null | Uint8Array;

export interface MovedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** The database that is left. It stays as it was. */
export interface MoveSource extends Disposable {
  /** Those with rows to take along, in the order of their names. */
  readonly tables: readonly MovedTable[];
  /** In any order. */
  rows(table: MovedTable): Iterable<readonly MovedValue[]>;
  readonly counters: Counters;
}

/** What is not in rows that are moved, and must go on from there. */
export interface Counters {
  /** The largest place that was given to a message. */
  readonly seq: number;
  /** Of the latest life. */
  readonly generation: number;
}

/** The database that takes its place: until `finish` it looks empty to everybody, and stays so without it. */
export interface MoveTarget extends AsyncDisposable {
  /** Columns that the program has for a table; undefined: it has no such table. */
  columnsOf(table: string): readonly string[] | undefined;
  insert(table: MovedTable, rows: readonly (readonly MovedValue[])[]): Promise<void>;
  setCounters(counters: Counters): Promise<void>;
  /** In any order, as they were written. */
  rows(table: MovedTable): AsyncIterable<readonly MovedValue[]>;
  finish(): Promise<void>;
}
