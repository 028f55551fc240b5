import assert from "node:assert/strict";
import { defineUpstream } from "../../runtime/actor/upstream.ts";
import type { Clock } from "../../runtime/core/clock.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { cidr } from "../../runtime/upstream/cidr.ts";
import { ConnectionPool } from "../../runtime/upstream/connection_pool.ts";
import { openBroker } from "../../runtime/upstream/open_broker.ts";
import { resolveUpstream } from "../../runtime/upstream/resolved.ts";
import { platformFetch, RENEWED_AFTER_MS } from "../../runtime/upstream/send_by_fetch.ts";
import { createUserBroker } from "../../runtime/upstream/user_broker.ts";
import { callerOf, openHere, openOnDeploy, openProcess, WAYS } from "../support/broker_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { make } from "../support/fetch_call.ts";
import { type KeptAnswer, openKept } from "../support/kept_outside.ts";

const ok = (more = "", after: "kept" | "closed" = "kept"): KeptAnswer => ({
  bytes: `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${more}\r\nok`,
  after,
});

for (const [place, open] of [["in this isolate", openHere], ["in its process", openProcess]] as const) {
  for (const way of WAYS) {
    const test = (does: string, run: () => Promise<void>) =>
      Deno.test(`S1-16 a broker of ${way} ${place} ${does}`, run);

    test("makes a hundred calls, one after the other, on one connection", async () => {
      await using outside = openKept();
      await using caller = callerOf(open, way, outside.url);
      for (let call = 0; call < 100; call++) assert.equal((await caller.call("/x")).text, "ok");
      assert.deepEqual([outside.connections, outside.requests.length], [1, 100]);
    });

    test("makes calls at the same time on as many connections, and keeps them", async () => {
      await using outside = openKept();
      await using caller = callerOf(open, way, outside.url);
      for (let round = 0; round < 5; round++) {
        await Promise.all(Array.from({ length: 8 }, () => caller.call("/x")));
      }
      assert.ok(outside.connections <= 8, `${outside.connections} connections`);
      assert.equal(outside.requests.length, 40);
    });

    test("makes a call again on a fresh connection when a kept one is cut before an answer", async () => {
      await using outside = openKept({ answer: ({ connection, nth }) => connection === 1 && nth === 2 ? null : ok() });
      await using caller = callerOf(open, way, outside.url);
      for (let call = 0; call < 3; call++) assert.equal((await caller.call("/x")).text, "ok");
      assert.deepEqual(outside.requests.map(({ connection, nth }) => [connection, nth]), [[1, 1], [1, 2], [2, 1], [
        2,
        2,
      ]]);
    });

    test("tells what a fresh connection comes to, after one request", async () => {
      await using outside = openKept({ answer: () => null });
      await using caller = callerOf(open, way, outside.url);
      for (const asked of [1, 2]) {
        await assert.rejects(caller.call("/x"), { code: "upstream-failed", message: /cut the connection/ });
        assert.equal(outside.requests.length, asked);
      }
    });

    test("tells what becomes of a call that was made again on a fresh connection", async () => {
      await using outside = openKept({ answer: ({ connection, nth }) => connection === 1 && nth === 1 ? ok() : null });
      await using caller = callerOf(open, way, outside.url);
      await caller.call("/x");
      await assert.rejects(caller.call("/x"), { code: "upstream-failed", message: /cut the connection/ });
      assert.deepEqual(outside.requests.map(({ connection, nth }) => [connection, nth]), [[1, 1], [1, 2], [2, 1]]);
    });

    test("makes what must not be made twice on a fresh connection", async () => {
      await using outside = openKept({ answer: ({ nth }) => nth === 1 ? ok() : null });
      await using caller = callerOf(open, way, outside.url);
      for (let call = 0; call < 3; call++) {
        assert.equal((await caller.call("/x", { method: "DELETE", idempotent: false })).text, "ok");
      }
      assert.deepEqual(outside.requests.map(({ connection, nth }) => [connection, nth]), [[1, 1], [2, 1], [3, 1]]);
    });

    test("keeps no connection that the other side closes", async () => {
      await using outside = openKept({ answer: () => ok("connection: close\r\n", "closed") });
      await using caller = callerOf(open, way, outside.url);
      for (let call = 0; call < 3; call++) assert.equal((await caller.call("/x")).text, "ok");
      assert.deepEqual([outside.connections, outside.requests.length], [3, 3]);
    });

    test("keeps no connection of an answer that was not read to its end", async () => {
      const half: KeptAnswer = { bytes: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", after: "kept" };
      await using outside = openKept({ answer: ({ path }) => path === "/half" ? half : ok() });
      await using caller = callerOf(open, way, outside.url);
      await assert.rejects(caller.call("/half", { timeoutMs: 200 }), { code: "upstream-failed" });
      assert.equal((await caller.call("/x")).text, "ok");
      assert.deepEqual(outside.requests.map(({ connection }) => connection), [1, 2]);
    });

    test("keeps no connection on which more came than an answer", async () => {
      const more = { bytes: `${ok()!.bytes}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother`, after: "kept" } as const;
      await using outside = openKept({ answer: ({ path }) => path === "/more" ? more : ok() });
      await using caller = callerOf(open, way, outside.url);
      for (const path of ["/more", "/x", "/more", "/x"]) assert.equal((await caller.call(path)).text, "ok");
    });

    test("takes nothing that came unasked for an answer", async () => {
      await using outside = openKept();
      await using caller = callerOf(open, way, outside.url);
      assert.equal((await caller.call("/x")).text, "ok");
      await outside.say("HTTP/1.1 408 Request Timeout\r\ncontent-length: 4\r\n\r\nlate");
      assert.deepEqual(await caller.call("/x").then(({ status, text }) => [status, text]), [200, "ok"]);
    });
  }
}

Deno.test("a broker on Deno Deploy makes each call to a user-given address on a connection of its own", async () => {
  await using outside = openKept({ answer: () => ok("", "closed") });
  await using caller = callerOf(openOnDeploy, "user-addresses", outside.url);
  for (let call = 0; call < 3; call++) assert.equal((await caller.call("/x")).text, "ok");
  assert.equal(outside.connections, 3);
});

/** A broker of user-given addresses with a resolver and a clock of the test. */
function brokerOf(
  { resolve, clock = systemClock }: { resolve: (name: string) => Promise<readonly string[]>; clock?: Clock },
) {
  const pool = new ConnectionPool({ clock });
  const allowed = [cidr("127.0.0.0/8")];
  const broker = createUserBroker({ upstreams: [], allowed, webhookKeys: [], clock, resolve, pool });
  return { pool, ...broker, [Symbol.asyncDispose]: () => broker.stop() };
}

Deno.test("S1-16 a name that leads elsewhere by now is called there, although a connection to the old address waits", async () => {
  await using first = openKept();
  await using second = openKept({ hostname: "127.0.0.2", port: first.port });
  let address = "127.0.0.1";
  await using broker = brokerOf({ resolve: () => Promise.resolve([address]) });
  const url = `http://moving.example:${first.port}/x`;
  for (let call = 0; call < 3; call++) await make(broker, url);
  address = "127.0.0.2";
  for (let call = 0; call < 3; call++) await make(broker, url);
  assert.deepEqual([first.requests.length, second.requests.length], [3, 3]);
  assert.deepEqual([first.connections, second.connections], [1, 1]);
  address = "10.0.0.1";
  await assert.rejects(make(broker, url), { code: "address-refused" });
});

Deno.test("a connection of one name is not used for another at the same address", async () => {
  await using outside = openKept();
  await using broker = brokerOf({ resolve: () => Promise.resolve(["127.0.0.1"]) });
  for (const name of ["one.example", "two.example", "one.example"]) {
    await make(broker, `http://${name}:${outside.port}/x`);
  }
  assert.deepEqual(outside.requests.map(({ connection }) => connection), [1, 2, 1]);
});

Deno.test("S1-16 a connection that has waited 15 s is closed", async () => {
  await using outside = openKept();
  const clock = new FakeClock();
  await using broker = brokerOf({ resolve: () => Promise.resolve(["127.0.0.1"]), clock });
  const url = `${outside.url}/x`;
  await make(broker, url);
  clock.advance(10_000);
  await make(broker, url);
  clock.advance(14_999);
  assert.deepEqual([broker.pool.size, outside.connections], [1, 1]);
  clock.advance(1);
  assert.equal(broker.pool.size, 0);
  await outside.untilEnded(1);
});

Deno.test("S1-16 a connection that the other side has closed is let go at once", async () => {
  await using outside = openKept({ answer: () => ok("", "closed") });
  await using broker = brokerOf({ resolve: () => Promise.resolve(["127.0.0.1"]) });
  for (let call = 0; call < 20; call++) assert.equal((await make(broker, `${outside.url}/x`)).text, "ok");
  assert.equal(outside.requests.length, 20);
});

Deno.test("a pool holds so many connections and closes those that wait longest", async () => {
  await using one = openKept();
  await using two = openKept();
  await using three = openKept();
  const clock = new FakeClock();
  const pool = new ConnectionPool({ clock, limits: { idleMs: 15_000, mostIdle: 2 } });
  const options = {
    upstreams: [],
    allowed: [cidr("127.0.0.0/8")],
    webhookKeys: [],
    clock,
    resolve: () => Promise.reject(),
  };
  const broker = createUserBroker({ ...options, pool });
  for (const { url } of [one, two, three]) await make(broker, `${url}/x`);
  assert.equal(pool.size, 2);
  await one.untilEnded(1);
  await broker.stop();
  assert.equal(pool.size, 0);
  await Promise.all([two.untilEnded(1), three.untilEnded(1)]);
});

Deno.test("S1-16 the connections of declared upstreams are renewed, so that their names are asked for again", async () => {
  await using outside = openKept();
  const clock = new FakeClock();
  const upstreams = [resolveUpstream(defineUpstream({ name: "outside", baseUrl: outside.url }), {})];
  const broker = openBroker({ reach: "upstreams", upstreams }, { clock, fetch: platformFetch });
  const call = () => make(broker, "/x", { upstream: "outside" });
  await call();
  clock.advance(RENEWED_AFTER_MS - 1);
  await call();
  assert.equal(outside.connections, 1);
  clock.advance(1);
  await call();
  assert.equal(outside.connections, 2);
  await outside.untilEnded(1);
  await broker.stop();
});

Deno.test("a call to a declared upstream that is under way when connections are renewed ends as it would have", async () => {
  const part = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha";
  await using outside = openKept({ answer: ({ path }) => path === "/slow" ? { bytes: part, after: "kept" } : ok() });
  const clock = new FakeClock();
  const upstreams = [
    resolveUpstream(defineUpstream({ name: "outside", baseUrl: outside.url, timeoutMs: 100_000 }), {}),
  ];
  const broker = openBroker({ reach: "upstreams", upstreams }, { clock });
  const call = (path: string) => make(broker, path, { upstream: "outside" });
  await call("/x");
  const slow = call("/slow");
  while (outside.requests.length < 2) await new Promise((resolve) => setTimeout(resolve));
  clock.advance(RENEWED_AFTER_MS);
  await call("/x");
  await outside.say("lf");
  assert.equal((await slow).text, "half");
  await broker.stop();
});
