import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { appended, commit, entry, NOON } from "../support/store_entries.ts";
import { openInFolder, sqliteFolder } from "../support/sqlite_folder.ts";
import { storeContract } from "./store_contract.ts";

storeContract("SQLite store", openInFolder);

Deno.test("bury keeps the message with its error among the dead letters", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  const ref = await appended(store, { id: "poison", payload: '{"a":1}', by: "ann" });
  const error = { code: "handler-failed", message: "boom", retryable: true } as const;
  await commit(store, entry({ writes: [{ write: "bury", ref, attempts: 4, crashes: 1, error, at: NOON + 7 }] }));
  const [dead] = folder.inspect((db) => rows(db, "select * from dead_letters"));
  assert.deepEqual(
    [dead?.["id"], dead?.["payload"], dead?.["sender"], dead?.["attempts"], dead?.["crashes"], dead?.["died_at"]],
    ["poison", '{"a":1}', "ann", 4, 1, NOON + 7],
  );
  assert.deepEqual(JSON.parse(String(dead?.["error"])), error);
});

Deno.test("the hot reads and writes go through an index", async () => {
  await using folder = await sqliteFolder();
  await folder.open();
  const plans = folder.inspect((db) =>
    [
      "select tenant, kind from messages where slot = 1 and tenant > ? order by tenant, kind limit 1",
      "select tenant, kind from messages where slot = 1 and tenant = ? and kind > ? order by kind limit 1",
      "select id from messages where slot = 1 and tenant = ? and kind = ? order by priority desc, ready_at, seq limit ?",
      "select min(ready_at) from messages where slot = 2",
      "select key from messages where tenant = ? and kind = ? and dedupe_key = ?",
      "select seq from messages where tenant = ? and kind = ? and key = ? order by due_at, seq limit 1",
    ].map((sql) => rows(db, `explain query plan ${sql}`).map(({ detail }) => String(detail)).join("; "))
  );
  for (const [index, used] of ["ready", "ready", "ready", "waiting", "dedupe", "PRIMARY KEY"].entries()) {
    assert.match(plans[index]!, new RegExp(used));
    assert.doesNotMatch(plans[index]!, /TEMP B-TREE/);
  }
});

function rows(db: DatabaseSync, sql: string): Record<string, unknown>[] {
  return db.prepare(sql).all() as Record<string, unknown>[];
}
