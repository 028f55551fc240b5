import { constants, type DatabaseSync } from "node:sqlite";

/** Deno's types do not know what it has of SQLite's authorizer. @see https://sqlite.org/c3ref/set_authorizer.html */
interface Authorized {
  setAuthorizer(authorize: ((action: number, table: string | null) => number) | null): void;
}
type Answers = Record<"SQLITE_READ" | "SQLITE_INSERT" | "SQLITE_UPDATE" | "SQLITE_DELETE" | "SQLITE_OK", number>;

const { SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_OK } = constants as unknown as Answers;

/** Which tables statements read and write, as SQLite says while it prepares them; those behind a view are among them. */
export class TouchedTables {
  readonly #read = new Set<string>();
  readonly #written = new Set<string>();

  note(action: number, table: string): void {
    if (action === SQLITE_READ) this.#read.add(table);
    else if (WRITES.has(action)) this.#written.add(table);
  }

  touches(table: string): boolean {
    return this.#read.has(table) || this.#written.has(table);
  }

  /** One of them writes what the other reads or writes, so it is not the same which of them comes first. */
  meets(other: TouchedTables): boolean {
    return writesOne(this, other) || writesOne(other, this);

    function writesOne(one: TouchedTables, another: TouchedTables): boolean {
      for (const table of one.#written) if (another.touches(table)) return true;
      return false;
    }
  }
}

const WRITES: ReadonlySet<number> = new Set([SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE]);

/** Prepares, and answers what that answers with the tables of all statements that it prepared. */
export type Noted = <Prepared>(prepare: () => Prepared) => readonly [Prepared, TouchedTables];

/**
 * Lends a `Noted` while `prepareAll` runs. For many statements at once: each time that SQLite is asked to tell, and to tell no
 * more, it prepares everything anew that was prepared before.
 */
export function notingTables(db: DatabaseSync, prepareAll: (noted: Noted) => void): void {
  const authorized = db as unknown as Authorized;
  let touched: TouchedTables | null = null;
  authorized.setAuthorizer((action, table) => {
    if (table !== null) touched?.note(action, table);
    return SQLITE_OK;
  });
  try {
    prepareAll((prepare) => {
      const own = touched = new TouchedTables();
      return [prepare(), own];
    });
  } finally {
    authorized.setAuthorizer(null);
  }
}
