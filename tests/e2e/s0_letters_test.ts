import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { actOn, handIn, testCustomers, untilAction } from "../support/customer_actions.ts";
import { openMailServer, type ReceivedLetter } from "../support/mail_server.ts";
import { startServer } from "../support/running_server.ts";

const KILLS = 3;
const isOver = ({ status }: { status: string }) => status !== "running";
const toAll = (id: string) => ({ id, type: "wash-purchased", customers: "all", details: { item: id } });

/** The letters of an action, by whom they are for. */
function lettersOf(letters: readonly ReceivedLetter[], action: string): Map<string, readonly ReceivedLetter[]> {
  const of = letters.filter(({ headers }) => headers["subject"] === `Your wash: ${action}`);
  return Map.groupBy(of, ({ to }) => to.join());
}

Deno.test("S0-16 each customer of an action gets one letter at a mail server, and under kills a repeat is known by its Message-ID", async () => {
  await using mail = await openMailServer();
  await using server = await startServer({ env: { SMTP_URL: `smtp://127.0.0.1:${mail.port}` } });
  const api = apiOf(server);
  const customers = testCustomers(60);
  const addresses = customers.map(({ email }) => email).sort();
  await handIn(api, "/api/customers", customers);

  await actOn(api, toAll("calm"));
  assert.equal((await untilAction(api, "calm", isOver)).status, "completed");
  await actOn(api, toAll("calm"));
  const calm = lettersOf(mail.letters, "calm");
  assert.deepEqual([...calm.keys()].sort(), addresses);
  assert.deepEqual([...calm.values()].map((letters) => letters.length), addresses.map(() => 1));
  const named = calm.get(addresses[7]!)![0]!;
  assert.match(named.headers["to"]!, /^"?Person c-000007 Surname"? <c-000007@persons\.example>$/);

  await actOn(api, toAll("stormy"));
  for (let kill = 1; kill <= KILLS; kill++) {
    await mail.until(60 + kill * 12);
    await server.kill();
    await server.restart();
  }
  assert.equal((await untilAction(api, "stormy", isOver)).status, "completed");
  const stormy = lettersOf(mail.letters, "stormy");
  assert.deepEqual([...stormy.keys()].sort(), addresses);
  const ids = [...stormy.values()].map((letters) => new Set(letters.map(({ headers }) => headers["message-id"])));
  assert.deepEqual(ids.map(({ size }) => size), addresses.map(() => 1));
  assert.equal(new Set(ids.flatMap((own) => [...own])).size, addresses.length);
});
