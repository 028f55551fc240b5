import type { DatabaseSync } from "node:sqlite";
import { prepare } from "./prepared.ts";

/**
 * Gives messages their places, 1, 2, 3... for the life of the file. Every commit that gives one writes the last into a row
 * of `tenants`, so that an opening need not look for it among the messages; a batch that is rolled back leaves a hole,
 * which matters to nobody.
 */
export class Sequence {
  #last: number;

  constructor(db: DatabaseSync) {
    const stored = prepare(db, (db) => db.selectFrom("tenants").select(({ fn }) => fn.max("lastSeq").as("seq")));
    this.#last = stored.get({})?.seq ?? 0;
  }

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }
}
