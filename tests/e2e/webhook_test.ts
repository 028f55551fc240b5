import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { apiOf } from "../support/api.ts";
import { before } from "../support/deadline.ts";
import { writeCallingActors } from "../support/calling_actors.ts";
import { openOutside, type Seen } from "../support/outside.ts";
import { whenGone } from "../support/processes_alive.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const SECRET = `whsec_${new Uint8Array(32).fill(1).toBase64()}`;
const NEXT_SECRET = `whsec_${new Uint8Array(32).fill(2).toBase64()}`;
const BODY = { type: "order.paid", data: { id: 7, note: "ünï 😀" } };

/** Answers with these statuses, one after the other, the last one for ever. */
function statuses(...all: readonly number[]): () => Response {
  let at = 0;
  return () => new Response(null, { status: all[Math.min(at++, all.length - 1)]! });
}

function verify({ body, headers }: Seen, secret: string): unknown {
  return new Webhook(secret).verify(body, Object.fromEntries(headers));
}

function idsAt(seen: readonly Seen[], path: string): (string | null)[] {
  return seen.filter((each) => each.path === path).map(({ headers }) => headers.get("webhook-id"));
}

Deno.test("webhooks reach their receivers, signed, once for each success", async (t) => {
  const delayed = () => new Response(null, { status: 503, headers: { "retry-after": "1" } });
  let isBusy = true;
  await using outside = openOutside({
    "/flaky": statuses(500, 500, 200),
    "/gone": statuses(410, 200),
    "/moved": () => new Response(null, { status: 307, headers: { location: "/elsewhere" } }),
    "/busy": () => isBusy ? (isBusy = false, delayed()) : new Response(),
  });
  await using actors = await writeCallingActors(`${outside.url}/api`);
  await using server = await startServer({
    env: { ACTORS: actors.mod, EGRESS_ALLOW: "127.0.0.1", WEBHOOK_SECRET: `${NEXT_SECRET},${SECRET}` },
  });
  const { submit, waitFor, logs, send } = apiOf(server);
  const post = (path: string, more: object = {}) =>
    submit({ type: "webhook", payload: { url: `${outside.url}${path}`, body: BODY, ...more } });

  await t.step("one that fails is sent again as the same webhook, until it is taken", async () => {
    const { id } = await post("/flaky", { headers: { "X-Shop": "1" } });
    const { result, attempts } = await waitFor(id, "succeeded");
    assert.deepEqual([result, attempts], [{ status: 200, attempts: 3 }, 3]);
    const ids = idsAt(outside.seen, "/flaky");
    assert.equal(ids.length, 3);
    assert.equal(new Set(ids).size, 1);
    for (const seen of outside.seen.filter(({ path }) => path === "/flaky")) {
      assert.deepEqual([seen.method, seen.headers.get("content-type")], ["POST", "application/json"]);
      assert.equal(seen.headers.get("x-shop"), "1");
      for (const secret of [SECRET, NEXT_SECRET]) assert.deepEqual(verify(seen, secret), BODY);
    }
  });

  await t.step(
    "one that a receiver wants no more is given up, and is another webhook when a person sends it again",
    async () => {
      const { id } = await post("/gone");
      const { error, attempts } = await waitFor(id, "failed");
      assert.deepEqual([attempts, error?.code], [1, "handler-failed"]);
      await (await send("POST", `/api/jobs/${id}/retry`)).body?.cancel();
      await waitFor(id, "succeeded");
      const ids = idsAt(outside.seen, "/gone");
      assert.deepEqual([ids.length, new Set(ids).size], [2, 2]);
    },
  );

  await t.step("one whose receiver says when to come back waits that long, at the cost of an attempt", async () => {
    const { id } = await post("/busy");
    await waitFor(id, "succeeded");
    const [first, second] = await logs(id);
    assert.ok(Date.parse(second!.startedAt) - Date.parse(first!.finishedAt) >= 1_000);
  });

  await t.step("one that is redirected is not sent elsewhere", async () => {
    const { id } = await submit({
      type: "webhook",
      payload: { url: `${outside.url}/moved`, body: BODY },
      maxAttempts: 2,
    });
    assert.match((await waitFor(id, "failed")).error!.message, /answered 307; redirects are not followed/);
    assert.deepEqual(idsAt(outside.seen, "/elsewhere"), []);
  });

  await t.step("kinds reach their upstreams, below the base URL", async () => {
    const { id } = await submit({ type: "tracker", payload: { url: "/1Z?x=1" } });
    const { result } = await waitFor(id, "succeeded");
    assert.equal(JSON.parse((result as { text: string }).text).path, "/api/1Z?x=1");
    const refused = await submit({ type: "tracker", payload: { url: "/../admin" } });
    assert.equal((await waitFor(refused.id, "failed")).error?.code, "invalid-message");
  });

  await t.step("no redirect leads where nothing may go", async () => {
    for (const target of ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://localhost/"]) {
      const url = `${outside.url}/redirect?to=${encodeURIComponent(target)}`;
      const { id } = await submit({ type: "visitor", payload: { url } });
      const { error, attempts } = await waitFor(id, "failed");
      assert.deepEqual([error?.code, attempts], ["address-refused", 1], target);
    }
  });

  await t.step("neither secrets nor the queries of addresses are in the log or the metrics", async () => {
    const { id } = await post("/status/200?token=hush-hush", { headers: { authorization: "Bearer hush-hush" } });
    await waitFor(id, "succeeded");
    const failing = await submit({ type: "visitor", payload: { url: "http://127.0.0.1:1234/?token=hush-hush" } });
    await waitFor(failing.id, "failed");
    const metrics = await (await send("GET", "/metrics")).text();
    assert.match(metrics, /mailroom_fetch_duration_seconds_count\{upstream="user-given",outcome="2xx"\}/);
    assert.match(metrics, /upstream="ups",outcome="2xx"/);
    const told = [...server.logs(), metrics].join("\n");
    assert.match(told, /"call ended"/);
    for (const secret of ["hush-hush", SECRET, NEXT_SECRET, SECRET.slice(6)]) assert.ok(!told.includes(secret), secret);
  });
});

Deno.test("a webhook under way when the server is killed is sent again as the same webhook, and its brokers go with the server", async () => {
  let isHeld = true;
  const held = Promise.withResolvers<Response>();
  await using outside = openOutside({ "/in": () => isHeld ? held.promise : new Response() });
  await using actors = await writeCallingActors(outside.url);
  const env = { ACTORS: actors.mod, EGRESS_ALLOW: "127.0.0.1", WEBHOOK_SECRET: SECRET };
  await using server = await startServer({ env });
  const { submit, waitFor } = apiOf(server);
  const asked = outside.next("/in");
  const { id } = await submit({ type: "webhook", payload: { url: `${outside.url}/in`, body: BODY } });
  await asked;
  const brokers = brokerPids(server);
  assert.equal(brokers.length, 1);
  await server.kill();
  for (const pid of brokers) await before(whenGone(pid), 10_000, () => new Error(`The broker ${pid} lives on`));
  isHeld = false;
  held.resolve(new Response());
  await server.restart();
  assert.equal((await waitFor(id, "succeeded")).attempts, 1);
  const ids = idsAt(outside.seen, "/in");
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
  for (const seen of outside.seen) assert.deepEqual(verify(seen, SECRET), BODY);
});

function brokerPids(server: RunningServer): number[] {
  return server.logs().filter((line) => line.includes('"broker started"')).map((line) =>
    Number(/"pid":(\d+)/.exec(line)![1])
  );
}

Deno.test("a webhook goes to nothing that is not public, by whatever name, and to nobody unsigned", async (t) => {
  await using outside = openOutside();
  await using server = await startServer();
  const { submit, waitFor } = apiOf(server);
  const { port } = outside;
  const hosts = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
  ];
  const away = [
    "10.0.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
  ];
  const urls = [
    ...hosts.map((host) => `http://${host}:${port}/`),
    ...away.map((host) => `http://${host}/latest/meta-data/`),
  ];

  await t.step("an address that is not public is refused at once, for good", async () => {
    const jobs = await Promise.all(urls.map((url) => submit({ type: "webhook", payload: { url, body: null } })));
    for (const [index, { id }] of jobs.entries()) {
      const { error, attempts } = await waitFor(id, "failed");
      assert.deepEqual([error?.code, attempts], ["address-refused", 1], urls[index]);
    }
    assert.deepEqual(outside.seen, []);
  });

  await t.step("an address that is no web address is not even taken in", async () => {
    for (const url of ["ftp://a.example/", "a.example", "https://user:word@a.example/"]) {
      await assert.rejects(submit({ type: "webhook", payload: { url, body: null } }), /answered 422/);
    }
  });

  await t.step("without WEBHOOK_SECRET nothing is sent, and the job says why", async () => {
    const { id } = await submit({ type: "webhook", payload: { url: "http://a.example/", body: null } });
    const { error, attempts } = await waitFor(id, "failed");
    assert.deepEqual([error?.code, attempts], ["invalid-config", 1]);
    assert.match(error!.message, /WEBHOOK_SECRET is not set/);
  });
});
