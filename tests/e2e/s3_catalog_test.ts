import assert from "node:assert/strict";
import { openCatalogSimulator } from "../../actors/catalog/simulator/simulator.ts";
import { apiOf, rowsOf, until } from "../support/api.ts";
import { fileRows } from "../support/catalog_node.ts";
import { callsOf, inStep, type Json, RARELY, SHORT_HOUR, syncNow } from "../support/catalog_server.ts";
import { startServer } from "../support/running_server.ts";
import { openFile } from "./torture_load.ts";

Deno.test("a card catalogue is kept in step by a running server", async (t) => {
  await using simulator = await openCatalogSimulator({ seed: 31, ...SHORT_HOUR });
  await using server = await startServer({
    env: { ...simulator.env, CATALOG_EVERY_MS: "1000", LOG_FORMAT: "json", LOG_LEVEL: "debug" },
  });
  const api = apiOf(server);
  const read = async (path: string): Promise<Json> => await (await api.send("GET", path)).json();

  await t.step(
    "brands and categories are read at once and again by the clock, both in every cycle [S3-1, S3-2, S3-48]",
    async () => {
      await inStep(server, simulator);
      const asked = callsOf(simulator, "brands").length;
      simulator.change(6);
      await inStep(server, simulator);
      assert.ok(callsOf(simulator, "brands").length > asked);
      const { everyMs, nextAt } = await read("/api/catalog");
      assert.equal(everyMs, 1_000);
      assert.ok(Date.parse(nextAt) > Date.now() - 1_000);
      const ticks = rowsOf(server, "select count(*) as many from ticks where schedule = 'catalog' and status = 'sent'");
      assert.ok(Number(ticks[0]!["many"]) >= 1);
    },
  );

  await t.step(
    "categories come from V2 and brands from V1, each under a limiter of its own, with its user [S3-5, S3-6, S3-22]",
    async () => {
      const { upstreams } = await read("/health");
      const named = new Map<string, Json>(upstreams.map((one: Json) => [one.name, one]));
      assert.ok(named.get("catalog-categories").remaining > 2);
      assert.ok(named.get("catalog-brands").remaining <= 2);
      assert.ok(simulator.calls.every(({ status }) => status === 200));
      const keys = rowsOf(server, "select id from upstream_limits order by id").map(({ id }) => id);
      assert.deepEqual(keys, ["catalog-brands", "catalog-categories"]);
    },
  );

  await t.step(
    "what is listed is in the tables, linked, and written by the system user [S3-7, S3-8, S3-9, S3-10, S3-11]",
    async () => {
      using db = openFile(server);
      const rows = [...fileRows(db).values()];
      assert.deepEqual(new Set(rows.map(({ updatedBy }) => updatedBy)), new Set([1]));
      const [brand] = (await read("/api/catalog/brands?status=active&limit=200")).items
        .filter(({ categories }: Json) => categories.length > 0);
      assert.equal(brand.updatedBy, 1);
      const { items: products } = await read(`/api/catalog/products?brand=${brand.id}&status=active`);
      assert.ok(products.length > 0 && products.every(({ prices }: Json) => prices.length > 0));
      const { items: others } = await read(`/api/catalog/brands?category=${brand.categories[0]}`);
      assert.ok(others.some(({ id }: Json) => id === brand.id));
      const { items: categories } = await read("/api/catalog/categories?limit=200");
      assert.ok(categories.some(({ id }: Json) => id === brand.categories[0]));
    },
  );

  await t.step("only changes are written, all of a cycle in one commit [S3-12, S3-17]", async () => {
    using db = openFile(server);
    const before = fileRows(db);
    simulator.changeProducts(60);
    await inStep(server, simulator);
    const after = fileRows(db);
    const touched = [...after.values()].filter(({ key, updatedAt }) => before.get(key)?.updatedAt !== updatedAt);
    assert.equal(touched.length, 60);
    assert.equal(new Set(touched.map(({ updatedAt }) => updatedAt)).size, 1);
  });

  await t.step("lists go on by cursors, and are not sent again while nothing has changed", async () => {
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Json = await read(`/api/catalog/brands?limit=7${cursor && `&cursor=${cursor}`}`);
      ids.push(...page.items.map(({ id }: Json) => id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(
      ids,
      rowsOf(server, "select internal_id as id from catalog_brands order by id").map(({ id }) => id),
    );
    for (const path of ["brands", "categories", "products", `brands/${ids[0]}`]) {
      const first = await api.send("GET", `/api/catalog/${path}`);
      await first.body?.cancel();
      const tag = first.headers.get("etag")!;
      const again = await api.send("GET", `/api/catalog/${path}`, undefined, { "if-none-match": `"other", ${tag}` });
      assert.deepEqual([again.status, await again.text()], [304, ""], path);
    }
    const tag = (await api.send("HEAD", "/api/catalog/brands")).headers.get("etag")!;
    simulator.changeProducts(1);
    await inStep(server, simulator);
    const changed = await api.send("GET", "/api/catalog/brands", undefined, { "if-none-match": tag });
    assert.equal(changed.status, 200);
    await changed.body?.cancel();
    for (const query of ["limit=0", "status=gone", "country=germany", "cursor=eA", "changedSince=now", "what=1"]) {
      const refused = await api.send("GET", `/api/catalog/brands?${query}`);
      assert.equal(refused.status >= 400 && refused.status < 500, true, query);
      assert.equal(refused.headers.get("content-type"), "application/problem+json");
      await refused.body?.cancel();
    }
  });

  await t.step("the last cycles say how long they took, how they ended and when [S3-38, S3-39, S3-41]", async () => {
    const { items } = await read("/api/catalog/cycles?status=completed");
    assert.ok(items.length >= 3);
    for (const { durationMs, endedAt, listed } of items) assert.ok(durationMs >= 0 && endedAt !== null && listed > 0);
    const { checks } = await read("/health");
    assert.deepEqual(checks.find(({ name }: Json) => name === "catalog"), {
      name: "catalog",
      status: "ok",
      detail: null,
    });
    const { brands } = await read("/api/catalog");
    assert.ok(Date.parse(brands.completedAt) > Date.now() - 10_000);
    const events = rowsOf(
      server,
      "select data from events where tenant = 'system' and type = 'catalog.sync-completed'",
    );
    assert.ok(events.every(({ data }) => JSON.parse(String(data)).durationMs >= 0));
  });

  await t.step("how the catalogue answers is measured: time, and share of failures [S3-40, S3-42]", async () => {
    const sight = (await read("/health")).upstreams.find(({ name }: Json) => name === "catalog-brands");
    assert.ok(sight.latencyMs > 0);
    assert.equal(sight.errorRatio, 0);
    const metrics = await (await api.send("GET", "/metrics")).text();
    assert.match(metrics, /upstream="catalog-brands"/);
  });

  await t.step(
    "each operation is a line of JSON with what it was about, and none of them has a secret [S3-36, S3-53]",
    () => {
      const lines = server.logs().filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      const turn = lines.findLast(({ message, kind }) => message === "turn committed" && kind === "catalog");
      assert.deepEqual([turn?.tenant, ["main", "categories", "brands"].includes(turn?.key)], ["system", true]);
      const call = lines.findLast(({ message, upstream }) =>
        message === "request ended" && upstream === "catalog-brands"
      );
      assert.deepEqual([call?.errorClass, call?.durationMs > 0], ["none", true]);
      const all = server.logs().join("\n");
      assert.ok(!all.includes(simulator.password) && !all.includes(btoa(`${simulator.user}:${simulator.password}`)));
    },
  );
});

Deno.test("trouble with the catalogue stays where it is", async (t) => {
  await using simulator = await openCatalogSimulator({ seed: 32, ...SHORT_HOUR });
  await using server = await startServer({ env: { ...simulator.env, ...RARELY } });
  const api = apiOf(server);
  await inStep(server, simulator);

  await t.step("brands are read while categories fail, and the next cycle mends it [S3-14, S3-43, S3-44]", async () => {
    simulator.change(10);
    simulator.answerNext("categories", { status: 400, body: "no" });
    const [categories, brands] = await syncNow(server);
    assert.deepEqual([categories.status, brands.status], ["failed", "completed"]);
    assert.ok((await syncNow(server)).every(({ status }) => status === "completed"));
    await inStep(server, simulator);
  });

  await t.step("it goes on after any failure, which is told by what it is [S3-13, S3-37]", async () => {
    const classes: string[] = [];
    for (const answer of [{ status: 500, body: "" }, { status: 404, body: "" }, { status: 200, body: "{}" }]) {
      simulator.answerNext("brands", answer);
      classes.push((await syncNow(server))[1]!.errorClass);
    }
    assert.deepEqual(classes, ["server-error", "client-error", "invalid"]);
    assert.equal((await syncNow(server))[1]!.status, "completed");
    const told = rowsOf(server, "select data from events where type = 'catalog.sync-failed' order by number");
    assert.deepEqual(told.map(({ data }) => JSON.parse(String(data)).errorClass), ["client-error", ...classes]);
  });

  await t.step("who is asked while it waits is answered when it will be [S3-15, S3-16]", async () => {
    simulator.answerNext("brands", { status: 429, body: "Too many requests. Please wait for 3406 seconds." });
    const asked = Date.now();
    const delayed = (await syncNow(server))[1]!;
    assert.equal(delayed.status, "delayed");
    await server.kill();
    await server.restart();
    const { brands, categories } = await (await api.send("POST", "/api/catalog/sync")).json();
    for (const instant of [delayed.delayedUntil, brands.callableAt]) {
      const waitMs = Date.parse(instant) - asked;
      assert.ok(waitMs >= 3_405_000 && waitMs < 3_420_000, `${waitMs}`);
    }
    assert.ok(Date.parse(categories.callableAt) <= Date.now() + 1_000);
    const calls = callsOf(simulator, "brands").length;
    await until("categories are read again", async () => {
      const { lastCycle } = (await (await api.send("GET", "/api/catalog")).json()).categories;
      return lastCycle.status === "completed" && Date.parse(lastCycle.startedAt) > asked || undefined;
    });
    assert.equal(callsOf(simulator, "brands").length, calls, "and nobody is called before");
  });
});
