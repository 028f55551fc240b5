import assert from "node:assert/strict";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";

/** Less than a letter waits for the greeting of its server. */
const BESIDE_MS = 5_000;
const AT_ONCE = 8;

const letter = (n: number) => ({
  type: "email",
  payload: { to: `customer-${n}@people.example`, subject: "Hello", text: "See you soon." },
});

/** Takes connections, and never says a word. */
function openSilentServer(): { readonly port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const take = async () => {
    for await (const connection of listener) held.push(connection);
  };
  take().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of held) connection.close();
    },
  };
}

Deno.test("S0-16 a mail server that hangs holds a few of the letters; other work of the same worker goes on", async () => {
  using silent = openSilentServer();
  await using server = await startServer({
    env: { WORKERS: "1", SMTP_URL: `smtp://127.0.0.1:${silent.port}` },
  });
  const [acme, beta] = ["acme", "beta"].map((tenant) => apiOf(server, { tenant }));
  const letters = Array.from({ length: 60 }, (_, n) => letter(n));
  for (const { send } of [acme!, beta!]) {
    const accepted = await send("POST", "/api/jobs/batch", letters);
    assert.equal(accepted.status, 201, await accepted.text());
  }
  const running = () => Number(rowsOf(server, "select count(*) n from jobs where status = 'running'")[0]!.n);
  await until("letters are on their way", () => Promise.resolve(running() > 0 ? true : undefined));

  const begunAt = performance.now();
  const reports = await Promise.all(Array.from({ length: 20 }, () => acme!.submit({ type: "report", payload: {} })));
  await Promise.all(reports.map(({ id }) => acme!.waitFor(id, "succeeded")));
  const tookMs = performance.now() - begunAt;
  assert.ok(tookMs < BESIDE_MS, `${tookMs}`);
  assert.ok(running() <= AT_ONCE, `${running()}`);
});
