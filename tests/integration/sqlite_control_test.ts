import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Control } from "../../runtime/store/sqlite/apply_control.ts";
import { EntryParts } from "../../runtime/store/sqlite/apply_entry.ts";
import { declaredStatements } from "../../runtime/store/sqlite/declared_statements.ts";
import { ReadyMail } from "../../runtime/store/sqlite/apply_ready.ts";
import { Supervision } from "../../runtime/store/sqlite/apply_supervision.ts";
import { ParkedActors } from "../../runtime/store/sqlite/parked_actors.ts";
import { ActorPages } from "../../runtime/store/sqlite/read_actors.ts";
import { DeadLetterPages } from "../../runtime/store/sqlite/read_dead_letters.ts";
import { prepareReads } from "../../runtime/store/sqlite/read_statements.ts";
import { registry } from "../support/registry/store_registry.ts";
import { append, commit, NOON, writing } from "../support/store_entries.ts";
import { sqliteFolder } from "../support/sqlite_folder.ts";

const OWNERSHIP = { node: "test", generation: 1, uncleanStarts: 0 };
const DAY_MS = 24 * 60 * 60_000;

Deno.test("every statement of supervision, control and pages seeks its rows and sorts none", async () => {
  await using folder = await sqliteFolder();
  await folder.open();
  folder.inspect((db) => {
    const plans = plansOf(db, (spied) => {
      const parked = new ParkedActors(spied);
      return [parked, new Supervision(spied, parked), new Control(spied, OWNERSHIP), new ActorPages(spied)];
    });
    for (const [sql, plan] of [...plans, ...plansOf(db, (spied) => [new DeadLetterPages(spied)])]) {
      assert.doesNotMatch(plan, /TEMP B-TREE/, sql);
      assert.doesNotMatch(
        plan,
        /SCAN (?!\w+ USING (COVERING )?INDEX supervision_parked|CONSTANT ROW)/,
        `${sql}: ${plan}`,
      );
    }
    const keyset = [...plans].filter(([sql]) => sql.includes('"key" > ?'));
    assert.equal(keyset.length, 6);
    for (const [sql, plan] of keyset) assert.match(plan, /kind=\? AND key>\?/, `${sql}: ${plan}`);
  });
});

Deno.test("wishes, start marks, siblings and those parked because of one are found through their own indexes", async () => {
  await using folder = await sqliteFolder();
  await folder.open();
  const plans = folder.inspect((db) => [
    ...plansOf(db, (spied) => [prepareReads(spied), new Supervision(spied, new ParkedActors(spied))]),
  ]);
  const planWith = (part: string) => plans.find(([sql]) => sql.includes(part))?.[1] ?? "";
  assert.match(planWith('"cancel_wished" = 1'), /INDEX messages_wished/);
  assert.match(planWith('"marked_by" > 0'), /INDEX messages_marked/);
  assert.match(planWith('and "parked_because" = ?'), /INDEX supervision_because \(.*parked_because=\?/);
  assert.match(planWith("max(place)"), /INDEX supervision_children \(.*parent_key=\?/);
  assert.match(planWith('"other"."place"'), /INDEX supervision_children \(.*parent_key=\? AND place>\?/);
  assert.doesNotMatch(planWith('"other"."place"'), /TEMP B-TREE/);
});

Deno.test("no statement of a start, a read or a write looks through all messages or a whole log", async () => {
  await using folder = await sqliteFolder();
  await folder.open();
  folder.inspect((db) => {
    const declared = declaredStatements(registry);
    const parts = { declared, ownership: OWNERSHIP };
    const ofMany = declared.writes.filter(({ isMany }) => isMany).flatMap(({ statements }) =>
      Object.values(statements)
    );
    const plans = plansOf(db, (spied) => [
      ...[prepareReads(spied), new EntryParts(spied, parts), new ReadyMail(spied)],
      ...ofMany.map(({ sql }) => spied.prepare(sql)),
    ]);
    assert.ok(plans.size > 60, `${plans.size} statements`);
    for (const [sql, plan] of plans) {
      assert.doesNotMatch(
        plan,
        /SCAN messages(?! USING (COVERING )?INDEX messages_(wished|marked))/,
        `${sql}: ${plan}`,
      );
      assert.doesNotMatch(plan, /SCAN event_log/, `${sql}: ${plan}`);
    }
    const ofBatches = [...plans].filter(([sql]) => sql.startsWith('update "batches"')).map(([, plan]) => plan);
    assert.ok(ofBatches.length > 3, `${ofBatches.length} of batches`);
    for (const plan of ofBatches) assert.doesNotMatch(plan, /SEARCH batches USING PRIMARY KEY \(tenant=\?\)/);
    const segments = [...plans].filter(([sql]) => sql.includes('from "event_log"')).map(([, plan]) => plan);
    assert.equal(segments.length, 3, "to read, to trim, to erase");
    for (const plan of segments) {
      assert.match(plan, /SEARCH event_log USING (COVERING INDEX|PRIMARY KEY).*tenant=\? AND last/);
    }
    for (const plan of segments) assert.doesNotMatch(plan, /TEMP B-TREE/);
  });
});

Deno.test("openSqliteStore() keeps the lives of the last day, each with its end", async () => {
  await using folder = await sqliteFolder();
  for (const now of [NOON, NOON + 1, NOON + DAY_MS, NOON + DAY_MS + 1]) {
    const store = await folder.open({ now });
    await commit(store, { ...writing(append()), at: now + 7 });
    await store.close();
  }
  const lives = folder.inspect((db) => db.prepare("select * from lives order by generation").all());
  assert.deepEqual(lives.map((life) => Object.values(life as object)), [
    [2, NOON + 1, NOON + 8],
    [3, NOON + DAY_MS, NOON + DAY_MS + 7],
    [4, NOON + DAY_MS + 1, NOON + DAY_MS + 8],
  ]);
});

Deno.test("close() of a store that cannot write any more ends, and counts as unclean", async () => {
  await using folder = await sqliteFolder();
  const store = await folder.open();
  {
    using other = new DatabaseSync(folder.path);
    other.exec("begin immediate");
    await store.close();
  }
  assert.equal((await folder.open()).ownership.uncleanStarts, 1);
});

/** How SQLite would run each statement that `prepare` prepares. */
function plansOf(db: DatabaseSync, prepare: (spied: DatabaseSync) => unknown): ReadonlyMap<string, string> {
  const plans = new Map<string, string>();
  prepare(
    new Proxy(db, {
      get(target, name) {
        if (name === "setAuthorizer") return () => {};
        if (name !== "prepare") return Reflect.get(target, name);
        return (sql: string) => {
          const plan = target.prepare(`explain query plan ${sql}`).all() as { detail: string }[];
          plans.set(sql, plan.map(({ detail }) => detail).join("; "));
          return target.prepare(sql);
        };
      },
    }),
  );
  return plans;
}
