import { DatabaseSync } from "node:sqlite";

/** Commits of one row each, as an idle system makes them: WAL with synchronous=FULL. */
export interface BareCommits extends Disposable {
  /** How long one more takes, in ms. */
  commit(): number;
}

export function openBareCommits(path: string): BareCommits {
  const db = new DatabaseSync(path);
  db.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table rows (id integer primary key, text text)",
  );
  const insert = db.prepare("insert into rows (text) values (?)");
  const text = "x".repeat(200);
  return {
    commit() {
      const begunAt = performance.now();
      insert.run(text);
      return performance.now() - begunAt;
    },
    [Symbol.dispose]: () => db.close(),
  };
}
