/** Its first message is the path of the file, each further one the jobs of a commit; it answers when they are on disk. */
import { DatabaseSync, type StatementSync } from "node:sqlite";

export interface BareJob {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
}

let db: DatabaseSync;
let insert: StatementSync;

self.onmessage = ({ data }: MessageEvent<string>) => {
  if (db === undefined) return open(data);
  db.exec("begin immediate");
  for (const { id, type, payload } of JSON.parse(data) as BareJob[]) insert.run(id, type, payload);
  db.exec("commit");
  self.postMessage(null);
};

function open(path: string): void {
  db = new DatabaseSync(path);
  db.exec(
    "pragma journal_mode = wal; pragma synchronous = full; create table jobs (id text, type text, payload text);",
  );
  insert = db.prepare("insert into jobs values (?, ?, ?)");
}
