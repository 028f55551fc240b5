import assert from "node:assert/strict";
import { openClient } from "../../runtime/store/postgres/connection.ts";
import { reads } from "../../runtime/store/postgres/read_batch_statements.ts";
import { mailWrites } from "../../runtime/store/postgres/write_mail.ts";
import { restWrites } from "../../runtime/store/postgres/write_rest.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { registry } from "../support/registry/store_registry.ts";

const MESSAGES = 5_000;

/** What compares rows with rows, and what reads a table or an index from its beginning to its end. */
const ALL_WITH_ALL = /Join Filter|Hash Cond|Merge Cond|Seq Scan/;
const SCAN_OF_ALL = /Index Scan using .* on (messages|supervision|actors|idempotency_keys|dead_letters|blobs)\b/;

Deno.test("the writer's statements look rows up one by one by what a vacuum has seen of an empty mailbox", async () => {
  await using database = await migratedDatabase(registry);
  await database.query(
    `insert into messages (tenant, kind, key, due_at, seq, id, name, version, payload, priority, ready_at,
      enqueued_at, sender, attempts, crashes, max_attempts, timeout_ms, slot, recorded, owner)
    select 'acme', 'job', 'k' || n, 1, n, 'm' || n, 'run', 1, '{}', 0, 1, 1, 'test', 0, 0, 1, 1, 1, 1, 1
    from generate_series(1, ${MESSAGES}) as n`,
  );
  await database.query(`delete from messages where seq < ${MESSAGES}`);
  await database.query("vacuum analyze messages");
  const client = await openClient({ databaseUrl: database.url, purpose: "writer", node: "test" });
  try {
    for (const { text } of [...Object.values(mailWrites), ...Object.values(restWrites), ...Object.values(reads)]) {
      const { rows } = await client.query<Record<string, string>>(`explain (generic_plan, costs off) ${text}`);
      const plan = rows.map((row) => row["QUERY PLAN"]!);
      const told = `${text}\n${plan.join("\n")}`;
      plan.forEach((line, index) => {
        assert.doesNotMatch(line, ALL_WITH_ALL, told);
        if (SCAN_OF_ALL.test(line)) assert.match(plan[index + 1] ?? "", /Index Cond/, told);
      });
    }
  } finally {
    await client.end();
  }
});
