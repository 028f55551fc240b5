import assert from "node:assert/strict";
import type { CatalogSimulator } from "../../actors/catalog/simulator/contract.ts";
import { openCatalogSimulator } from "../../actors/catalog/simulator/simulator.ts";
import { type CatalogNode, openCatalogNode } from "../support/catalog_node.ts";
import { ENGINES } from "../support/parcel_node.ts";

/** An hour that is short enough for who asks often. */
const OFTEN = { windowMs: 200, limits: { categories: 1_000, brands: 1_000 } };

type Counts = Readonly<Record<string, { created: number; updated: number; withdrawn: number }>>;

async function syncBoth(node: CatalogNode): Promise<Counts> {
  const cycles = [await node.sync("categories"), await node.sync("brands")];
  for (const cycle of cycles) assert.equal(cycle.status, "completed", cycle.error ?? "");
  return Object.assign({}, ...cycles.map(({ counts }) => JSON.parse(counts!).changes));
}

async function assertInStep(node: CatalogNode, simulator: CatalogSimulator): Promise<void> {
  assert.deepEqual(new Map([...await node.listing()].sort()), new Map([...simulator.listing()].sort()));
}

for (const engine of ENGINES) {
  Deno.test(`S3-7 S3-9 S3-10 S3-11 a cycle takes over brands, categories, products, prices and configurations, on ${engine}`, async () => {
    await using simulator = await openCatalogSimulator({ seed: 1, ...OFTEN });
    await using node = await openCatalogNode(engine, simulator);
    const counts = await syncBoth(node);
    await assertInStep(node, simulator);
    assert.deepEqual(counts.products, { created: 200, updated: 0, withdrawn: 0 });
    assert.ok(counts.links!.created > 10 && counts.prices!.created > 100 && counts.configurations!.created > 50);
    const rows = [...await node.categories(), ...await node.brands(), ...await node.products()];
    assert.ok(rows.every(({ updatedBy }) => updatedBy === 1), "S3-8: the system user has written it");
  });

  Deno.test(`S3-12 only what has changed is written, and what is listed no more is withdrawn, on ${engine}`, async () => {
    await using simulator = await openCatalogSimulator({ seed: 2, ...OFTEN });
    await using node = await openCatalogNode(engine, simulator);
    await syncBoth(node);
    const ever = new Set(simulator.listing().keys());
    for (let round = 0; round < 8; round++) {
      const before = await node.listing();
      const rowsBefore = await rowsOf(node);
      simulator.change(4);
      const counts = await syncBoth(node);
      await assertInStep(node, simulator);
      assert.deepEqual(counts, changesBetween(before, simulator.listing(), ever));
      for (const key of simulator.listing().keys()) ever.add(key);
      const after = await rowsOf(node);
      for (const [key, { hash, status, updatedAt }] of rowsBefore) {
        const now = after.get(key)!;
        assert.ok(now !== undefined, `${key} is withdrawn, not deleted`);
        if (now.hash === hash && now.status === status) assert.equal(now.updatedAt, updatedAt, key);
      }
    }
    assert.deepEqual(await syncBoth(node), {}, "a cycle without changes writes nothing");
  });

  Deno.test(`a malformed brand is set aside with its reason, and the others proceed, on ${engine}`, async () => {
    await using simulator = await openCatalogSimulator({ seed: 3, ...OFTEN });
    await using node = await openCatalogNode(engine, simulator);
    await syncBoth(node);
    const [first, second] = await node.brands();
    const brand = (internalId: string, more: object = {}) => ({ internalId, name: "It", ...more });
    const price = { currency: "EUR", min: 1, max: 2 };
    const good = brand("b-new", {
      categories: ["c-new"],
      products: [{ internalId: "p-new", name: "One", prices: [price] }],
    });
    simulator.answerNext("brands", {
      status: 200,
      body: JSON.stringify({
        note: 'brackets in texts: }]{[ "brands"',
        brands: [
          good,
          brand(first!.internalId, { name: "" }),
          brand("b-twice"),
          brand("b-twice", { name: "Other" }),
          brand("b-thief", { products: [{ internalId: "p-new", name: "Not its own" }] }),
          brand("b-prices", { products: [{ internalId: "p", name: "P", prices: [price, price] }] }),
          { name: "Nobody" },
          "no brand",
          7,
        ],
      }),
    });
    const { counts } = await node.sync("brands");
    assert.deepEqual([JSON.parse(counts!).listed, JSON.parse(counts!).setAside], [5, 7]);
    const aside = new Map((await node.setAside("brands")).map(({ internalId, reason }) => [`${internalId}`, reason!]));
    assert.match(aside.get(first!.internalId)!, /name/);
    assert.equal(aside.get("b-twice"), "it is listed twice");
    assert.equal(aside.get("b-thief"), "product p-new: the brand b-new has it, too");
    assert.equal(aside.get("b-prices"), "product p: two prices in one currency");
    assert.ok(aside.has("null"));
    const byId = new Map((await node.brands()).map((row) => [row.internalId, row]));
    assert.deepEqual(byId.get(first!.internalId), first, "what is there of it stays");
    assert.equal(byId.get(second!.internalId)!.status, "withdrawn");
    assert.deepEqual(byId.get("b-new")!.categories, ["c-new"]);
    const announced = (await node.categories()).find(({ internalId }) => internalId === "c-new")!;
    assert.deepEqual([announced.status, announced.name], ["announced", null], "no link leads nowhere");
    await syncBoth(node);
    await assertInStep(node, simulator);
    assert.deepEqual(await node.setAside("brands"), [], "nothing is set aside any more");
  });

  Deno.test(`brands are told of once each, however many there are, on ${engine}`, async () => {
    await using simulator = await openCatalogSimulator({ seed: 4, brands: 1_200, productsOfBrand: 1, ...OFTEN });
    await using node = await openCatalogNode(engine, simulator);
    await syncBoth(node);
    const told = await node.told("catalog.brand-changed");
    assert.equal(told.length, 1_200);
    assert.equal(new Set(told.map(({ brand }) => brand)).size, 1_200);
    const completed = await node.told("catalog.sync-completed");
    assert.deepEqual(completed.map(({ part, listed }) => [part, listed]), [["categories", 8], ["brands", 1_200]]);
    assert.ok(completed.every(({ durationMs }) => typeof durationMs === "number"));
  });
}

Deno.test("S3-14 S3-43 brands proceed when categories fail, each with an end of its own, and the next cycle mends it", async () => {
  await using simulator = await openCatalogSimulator({ seed: 5, ...OFTEN });
  await using node = await openCatalogNode("sqlite", simulator);
  simulator.answerNext("categories", { status: 200, body: "<html>", headers: { "content-type": "text/html" } });
  const [categories, brands] = await Promise.all([node.sync("categories"), node.sync("brands")]);
  assert.deepEqual([categories.status, categories.errorClass], ["failed", "invalid"]);
  assert.equal(brands.status, "completed");
  const [failed] = await node.told("catalog.sync-failed");
  assert.deepEqual([failed!.part, failed!.errorClass], ["categories", "invalid"]);
  assert.ok((await node.categories()).every(({ status }) => status === "announced"));
  assert.equal((await node.sync("categories")).status, "completed");
  await assertInStep(node, simulator);
});

Deno.test("S3-37 failures are told apart by what they are", async () => {
  await using simulator = await openCatalogSimulator({ seed: 6, ...OFTEN });
  await using node = await openCatalogNode("sqlite", simulator);
  const classes: (string | null)[] = [];
  for (const answer of [{ status: 500, body: "" }, { status: 403, body: "" }, { status: 200, body: '{"brands":[{' }]) {
    simulator.answerNext("brands", answer);
    classes.push((await node.sync("brands")).errorClass);
  }
  await simulator.stop();
  classes.push((await node.sync("brands")).errorClass);
  await simulator.start();
  assert.deepEqual(classes, ["server-error", "client-error", "invalid", "connection"]);
  assert.equal((await node.sync("brands")).status, "completed", "S3-13 S3-44: it goes on after any of them");
});

Deno.test("S3-22 the catalogue is asked with the user and password of the installation, which nobody else sees", async () => {
  await using simulator = await openCatalogSimulator({ seed: 7, ...OFTEN });
  await using node = await openCatalogNode("sqlite", { env: { ...simulator.env, CATALOG_PASSWORD: "wrong" } });
  const cycle = await node.sync("brands");
  assert.deepEqual([cycle.status, cycle.errorClass], ["failed", "client-error"]);
  assert.equal(simulator.calls.at(-1)!.status, 401);
  await using allowed = await openCatalogNode("sqlite", simulator);
  assert.equal((await allowed.sync("brands")).status, "completed");
});

for (
  const [words, seconds] of [
    ["Please wait for 3406 seconds", 3_406],
    ["API calls quota exceeded! maximum admitted 2 per 1h. You can retry after 1200 seconds", 1_200],
    ['{"error":{"message":"Too many requests, try again in 90 seconds"}}', 90],
    ["Rate limit is exceeded. Try again in 25 minutes.", 1_500],
    ["You must wait another 45 sec. before the next call", 45],
  ] as const
) {
  Deno.test(`S3-15 S3-16 "${words}" delays the cycle until then, over a restart`, async () => {
    await using simulator = await openCatalogSimulator({ seed: 8 });
    await using node = await openCatalogNode("sqlite", simulator);
    simulator.answerNext("brands", { status: 429, body: words, headers: { "content-type": "text/plain" } });
    const before = Date.now();
    const delayed = await node.sync("brands");
    assert.equal(delayed.status, "delayed");
    const aroundMs = (instant: number | null) => {
      assert.ok(instant! >= before + seconds * 1_000 - 1_000, `${instant}`);
      assert.ok(instant! <= Date.now() + seconds * 1_000, `${instant}`);
    };
    aroundMs(delayed.delayedUntil);
    aroundMs((await node.system.upstreams.look("catalog-brands"))!.availableAt);
    await node.restart();
    aroundMs((await node.system.upstreams.look("catalog-brands"))!.availableAt);
    assert.equal((await node.sync("brands")).id, delayed.id, "a second one is the same");
    assert.equal(simulator.calls.length, 1);
    assert.deepEqual(await node.told("catalog.sync-failed"), []);
  });
}

Deno.test("S3-6 brands are asked for twice a window, and who asks for more waits until the limit allows", async () => {
  await using simulator = await openCatalogSimulator({ seed: 9, windowMs: 4_000 });
  await using node = await openCatalogNode("sqlite", simulator);
  const begunAt = Date.now();
  for (let cycle = 0; cycle < 3; cycle++) assert.equal((await node.sync("brands")).status, "completed");
  assert.ok(Date.now() - begunAt >= 4_000);
  assert.deepEqual(simulator.calls.map(({ isExcess }) => isExcess), [false, false, false]);
});

interface Kept {
  readonly hash: string;
  readonly status: string;
  readonly updatedAt: number;
}

async function rowsOf(node: CatalogNode): Promise<ReadonlyMap<string, Kept>> {
  const rows = new Map<string, Kept>();
  for (const row of await node.categories()) rows.set(`categories/${row.internalId}`, row);
  for (const row of await node.brands()) rows.set(`brands/${row.internalId}`, row);
  for (const row of await node.products()) rows.set(`products/${row.internalId}`, row);
  return rows;
}

/** What must be written to get from one to the other. */
function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  ever: ReadonlySet<string>,
): Counts {
  const counts: Record<string, { created: number; updated: number; withdrawn: number }> = {};
  const add = (key: string, change: "created" | "updated" | "withdrawn") => {
    const item = key.slice(0, key.indexOf("/"));
    (counts[item] ??= { created: 0, updated: 0, withdrawn: 0 })[change]++;
  };
  for (const [key, content] of after) {
    if (before.get(key) === content) continue;
    add(key, ever.has(key) ? "updated" : "created");
  }
  for (const key of before.keys()) if (!after.has(key)) add(key, "withdrawn");
  return counts;
}
