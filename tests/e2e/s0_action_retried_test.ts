import assert from "node:assert/strict";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { actOn, handIn, testCustomers, untilAction } from "../support/customer_actions.ts";
import { openMailServer } from "../support/mail_server.ts";
import { startServer } from "../support/running_server.ts";

interface Listed {
  readonly items: readonly { readonly id: string; readonly status: string; readonly children: object }[];
}

const counts = (succeeded: number, failed: number, open = 0) => ({ total: 6, open, succeeded, failed, cancelled: 0 });

Deno.test("S0-16 an action that failed has completed once the letters that failed were retried and have arrived", async () => {
  await using mail = await openMailServer();
  await using server = await startServer({ env: { SMTP_URL: `smtp://127.0.0.1:${mail.port}` } });
  const api = apiOf(server);
  await handIn(api, "/api/customers", testCustomers(3));
  const refused = ["c-000000@persons.example", "c-000002@persons.example"];
  mail.recipient = (address) => refused.includes(address) ? { code: 550, text: "5.1.1 unknown" } : null;
  await actOn(api, { id: "wash-1", type: "wash-purchased", customers: "all" });
  const failed = await untilAction(api, "wash-1", ({ status }) => status !== "running");
  assert.deepEqual([failed.status, failed.children], ["failed", counts(4, 2)]);

  mail.recipient = () => null;
  const sql = "select id from jobs where status = 'failed' order by id";
  const [first, second] = rowsOf(server, sql).map(({ id }) => String(id)) as [string, string];
  const retry = async (id: string) => {
    const answer = await api.send("POST", `/api/jobs/${id}/retry`);
    assert.equal(answer.status, 202, await answer.text());
    await api.waitFor(id, "succeeded");
  };
  const listed = async () => {
    const { items }: Listed = await (await api.send("GET", "/api/customer-actions")).json();
    return items.map(({ id, status, children }) => ({ id, status, children }));
  };
  await retry(first);
  const half = await untilAction(api, "wash-1", ({ children }) => children.succeeded === 5);
  assert.deepEqual([half.status, half.children], ["failed", counts(5, 1)]);
  assert.deepEqual(await listed(), [{ id: "wash-1", status: "failed", children: counts(5, 1) }]);

  await retry(second);
  const whole = await untilAction(api, "wash-1", ({ status }) => status === "completed");
  assert.deepEqual(whole.children, counts(6, 0));
  assert.deepEqual([whole.byType.email.succeeded, whole.endedAt], [3, failed.endedAt]);
  await until("the list says so", async () => (await listed())[0]!.status === "completed" ? true : undefined);
  const told = () => {
    const events = rowsOf(server, "select type from events where subject = 'customer-action/wash-1' order by number");
    const ends = events.map(({ type }) => type).filter((type) => /completed|failed/.test(String(type)));
    return Promise.resolve(ends.length > 1 ? ends : undefined);
  };
  assert.deepEqual(await until("the feed says so too", told), ["customer-action.failed", "customer-action.completed"]);
  // Whatever becomes of it later, its end was told.
  await retry(second);
  const marked = rowsOf(server, "select done_told from batches").map(({ done_told }) => done_told);
  assert.deepEqual([await told(), marked], [["customer-action.failed", "customer-action.completed"], [1]]);
  const batch = await (await api.send("GET", `/api/batches/${whole.batchId}`)).json();
  assert.equal(batch.status, "completed");
});
