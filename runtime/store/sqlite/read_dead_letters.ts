import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, DeadLettersPage } from "../contract.ts";
import { DEAD_LETTER_PAGES, rangeOf } from "../dead_letter_statements.ts";
import { deadLetterOf } from "../message_columns.ts";
import { prepareAll } from "./prepared.ts";

/** Dead letters by page, newest first. */
export class DeadLetterPages {
  readonly #statements;

  constructor(db: DatabaseSync) {
    this.#statements = prepareAll(db, DEAD_LETTER_PAGES);
  }

  page(page: DeadLettersPage): readonly DeadLetter[] {
    const { all, ofKind } = this.#statements;
    const range = rangeOf(page);
    return (page.kind === undefined ? all : ofKind).all(range).map(deadLetterOf);
  }
}
