import { constants, type DatabaseSync } from "node:sqlite";

/** Deno's types do not know what it has of SQLite's authorizer. @see https://sqlite.org/c3ref/set_authorizer.html */
interface Authorized {
  setAuthorizer(authorize: ((action: number, table: string | null) => number) | null): void;
}
type Answers = Record<"SQLITE_READ" | "SQLITE_INSERT" | "SQLITE_UPDATE" | "SQLITE_DELETE" | "SQLITE_OK", number>;

const { SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_OK } = constants as unknown as Answers;

/** Which tables a statement reads and writes, as SQLite says while it prepares it; those behind a view are among them. */
export class TouchedTables {
  readonly #read = new Set<string>();
  readonly #written = new Set<string>();

  /** What `prepare` answers; of all statements that it prepares the tables are noted. */
  of<T>(db: DatabaseSync, prepare: () => T): T {
    const authorized = db as unknown as Authorized;
    authorized.setAuthorizer((action, table) => {
      if (action === SQLITE_READ && table !== null) this.#read.add(table);
      else if (WRITES.has(action) && table !== null) this.#written.add(table);
      return SQLITE_OK;
    });
    try {
      return prepare();
    } finally {
      authorized.setAuthorizer(null);
    }
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
