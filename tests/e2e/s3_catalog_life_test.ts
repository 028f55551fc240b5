import assert from "node:assert/strict";
import { openCatalogSimulator } from "../../actors/catalog/simulator/simulator.ts";
import { residentMemory } from "../bench/memory.ts";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { callsOf, inStep, type Json, lastCycles, RARELY, SHORT_HOUR, syncNow } from "../support/catalog_server.ts";
import { testDatabase } from "../support/postgres.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { startServer } from "../support/running_server.ts";

Deno.test("a catalogue that does not answer holds up nothing else, and a stop ends the call [S3-4, S3-46]", async () => {
  await using simulator = await openCatalogSimulator({ seed: 33, ...SHORT_HOUR, faults: { hang: 1_000 } });
  await using server = await startServer({ env: { ...simulator.env, ...RARELY, STOP_GRACE_MS: "500" } });
  await until("it is asked", () => Promise.resolve(simulator.calls.length >= 2 || undefined));
  const api = apiOf(server);
  await (await api.send("POST", "/api/actors/counter/main/add", { by: 1 })).body?.cancel();
  await until("another actor has done its work", async () => {
    const response = await api.send("GET", "/api/actors/counter/main/count");
    return await response.json() === 1 || undefined;
  });
  const begunAt = performance.now();
  assert.equal(await server.stop(), 0);
  assert.ok(performance.now() - begunAt < 20_000);
  const waiting = rowsOf(server, "select attempts, crashes from messages where kind = 'catalog' order by key");
  assert.deepEqual(waiting, [{ attempts: 0, crashes: 0 }, { attempts: 0, crashes: 0 }]);
  simulator.setFaults({});
  await server.restart();
  await inStep(server, simulator);
});

Deno.test("four failures in a row are enough: the catalogue is left alone for a while [S3-45, S3-49]", async () => {
  await using simulator = await openCatalogSimulator({ seed: 34, ...SHORT_HOUR });
  for (let cycle = 1; cycle <= 4; cycle++) simulator.answerNext("brands", { status: 500, body: "" });
  await using server = await startServer({ env: { ...simulator.env, ...RARELY } });
  await until("the first has failed", async () => {
    const [categories, brands] = await lastCycles(server);
    return categories?.status === "completed" && brands?.status === "failed" || undefined;
  });
  for (let cycle = 2; cycle <= 4; cycle++) assert.equal((await syncNow(server))[1]!.status, "failed");
  const calls = callsOf(simulator, "brands").length;
  assert.equal(calls, 4);
  const { status, error } = (await syncNow(server))[1]!;
  assert.equal(status, "delayed");
  assert.match(error, /failed too often/);
  assert.equal(callsOf(simulator, "brands").length, calls);
  const { upstreams } = await (await apiOf(server).send("GET", "/health")).json();
  const sight = upstreams.find(({ name }: Json) => name === "catalog-brands");
  assert.deepEqual([sight.breaker, sight.errorRatio], ["open", 1]);
});

Deno.test("by default a cycle comes every 30 minutes, as two calls an hour allow [S3-1, S3-3]", async () => {
  await using simulator = await openCatalogSimulator({ seed: 35 });
  const { CATALOG_WINDOW_MS: _, ...env } = simulator.env;
  await using server = await startServer({ env });
  await inStep(server, simulator);
  const { everyMs, brands } = await (await apiOf(server).send("GET", "/api/catalog")).json();
  assert.equal(everyMs, 30 * 60_000);
  assert.equal(brands.callableAt, null);
  assert.equal((await syncNow(server))[1]!.status, "completed");
  const { brands: then } = await (await apiOf(server).send("POST", "/api/catalog/sync")).json();
  const firstAt = callsOf(simulator, "brands")[0]!.at;
  const afterMs = Date.parse(then.callableAt) - firstAt;
  assert.ok(afterMs >= 60 * 60_000 && afterMs < 60 * 60_000 + 60_000, `${afterMs}`);
});

Deno.test("of two servers on one database one reads the catalogue, within one limit [S3-50]", async () => {
  await using simulator = await openCatalogSimulator({ seed: 36, ...SHORT_HOUR });
  await using database = await testDatabase();
  const env = { ...simulator.env, CATALOG_EVERY_MS: "1000", DATABASE_URL: database.url, LEASE_MS: "3000" };
  await using one = await startServer({ env: { ...env, NODE: "one" } });
  await using other = await startServer({ env: { ...env, NODE: "other" } });
  const completed = async () => {
    const rows = await database.query<{ many: string }>(
      "select count(*) as many from catalog_cycles where part = 'brands' and status = 'completed'",
    );
    return Number(rows[0]!.many);
  };
  await until("three cycles", async () => await completed() >= 3 || undefined);
  await one.kill();
  const before = await completed();
  simulator.change(5);
  await until("the other goes on", async () => await completed() >= before + 2 || undefined);
  await other.stop();
  assert.deepEqual(simulator.calls.filter(({ isExcess }) => isExcess), []);
  const ticks = await database.query<{ instant: string; many: string }>(
    "select instant, count(*) as many from ticks where schedule = 'catalog' group by instant having count(*) > 1",
  );
  assert.deepEqual(ticks, []);
  const [rows] = await database.query<{ many: string }>(
    "select count(*) as many from catalog_products where status = 'active'",
  );
  const listed = [...simulator.listing().keys()].filter((key) => key.startsWith("products/")).length;
  assert.equal(Number(rows!.many), listed);
});

Deno.test("memory is the same after many cycles, and nothing of them is left lying about [S3-19]", async () => {
  await using simulator = await openCatalogSimulator({ seed: 37, ...SHORT_HOUR, brands: 100, productsOfBrand: 40 });
  await using server = await startServer({ env: { ...simulator.env, ...RARELY } });
  await inStep(server, simulator);
  const resident = () => residentMemory([server.pid, ...descendantsOf(server.pid)]);
  /** Answers the least after any of them: what stays is there after each, what is not collected yet is not. */
  const cycles = async (many: number) => {
    let least = Infinity;
    for (let cycle = 0; cycle < many; cycle++) {
      simulator.changeProducts(100);
      assert.equal((await syncNow(server))[1]!.status, "completed");
      least = Math.min(least, resident());
    }
    return least;
  };
  // Heaps and the storage's cache are as large as they get after some thirty cycles.
  await cycles(28);
  const before = await cycles(8);
  const after = await cycles(10);
  assert.ok(after - before < 64, `${after - before} MiB`);
  const [staged] = rowsOf(server, "select count(*) as many from catalog_staged");
  assert.equal(staged!["many"], 0);
  const states = rowsOf(server, "select state from actors where kind = 'catalog' and state is not null");
  assert.ok(states.every(({ state }) => String(state).length < 100));
});
