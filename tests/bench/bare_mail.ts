import { DatabaseSync } from "node:sqlite";

const BATCH = 256;

/**
 * What the disk and SQLite allow for mail to one actor: a message as one insert and one delete, the actor's state once
 * a transaction, 256 messages a transaction, WAL with synchronous=FULL.
 * @returns messages a second
 */
export function measureBareMail(path: string, messages: number): number {
  using db = new DatabaseSync(path);
  db.exec("pragma journal_mode = wal; pragma synchronous = full;");
  db.exec(
    `create table messages (actor text, seq integer, id text, name text, payload text, primary key (actor, seq))
      without rowid;
    create table actors (actor text primary key, state text, version integer) without rowid;
    insert into actors values ('demo/tally/one', '{}', 0);`,
  );
  const insert = db.prepare("insert into messages values ('demo/tally/one', ?, ?, 'add', ?)");
  const remove = db.prepare("delete from messages where actor = 'demo/tally/one' and seq = ?");
  const keep = db.prepare("update actors set state = ?, version = version + 1 where actor = 'demo/tally/one'");
  const begunAt = performance.now();
  for (let first = 0; first < messages; first += BATCH) {
    const last = Math.min(first + BATCH, messages);
    db.exec("begin immediate");
    for (let seq = first; seq < last; seq++) insert.run(seq, `message-${1e9 + seq}`, '{"by":1}');
    db.exec("commit");
    db.exec("begin immediate");
    for (let seq = first; seq < last; seq++) remove.run(seq);
    keep.run(`{"count":${last}}`);
    db.exec("commit");
  }
  return messages / (performance.now() - begunAt) * 1_000;
}
