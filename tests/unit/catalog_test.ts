import assert from "node:assert/strict";
import { judgeBrand, judgeCategory } from "../../actors/catalog/answers.ts";
import { catalog } from "../../actors/catalog/catalog.ts";
import { elementsOf } from "../../actors/catalog/elements.ts";
import { contentHash } from "../../actors/catalog/items.ts";
import { CATALOG_TENANT, PARTS } from "../../actors/catalog/messages.ts";
import { knownRows, Stager } from "../../actors/catalog/stager.ts";
import { testActor } from "../../runtime/authoring.ts";
import fc from "../support/properties.ts";

const ITEMS = 200_000;

Deno.test("elementsOf() tells apart what JSON.parse() would, whatever stands in it", () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const pretty = fc.constantFrom(undefined, 1, "\t");
  fc.assert(fc.property(fc.array(value), fc.dictionary(fc.string(), value), pretty, (elements, more, space) => {
    for (const answer of [elements, { ...more, brands: elements }]) {
      const text = JSON.stringify(answer, null, space);
      const found = elementsOf(text, "brands").map(({ start, end }) => JSON.parse(text.slice(start, end)));
      assert.deepEqual(found, JSON.parse(JSON.stringify(elements)));
    }
  }));
});

Deno.test("elementsOf() finds no list in what has none, or ends too early", () => {
  const whole = '{"note":"]}","brands":[{"a":"\\\\\\""},[1,[2]]]}';
  assert.equal(elementsOf(whole, "brands").length, 2);
  for (const text of ["", "7", "<html>", "{}", '{"brands":7}', '{"brands":"[1]"}', '{"other":[1]}', "[1 2]", "[,]"]) {
    assert.throws(() => elementsOf(text, "brands"), SyntaxError, text);
  }
  for (let end = 1; end < whole.length - 2; end++) {
    assert.throws(() => elementsOf(whole.slice(0, end), "brands"), SyntaxError, whole.slice(0, end));
  }
});

Deno.test("S3-18 each of 200,000 items is matched and compared at once, whatever the number of the others", () => {
  const rows = Array.from({ length: ITEMS }, (_, index) => [`c${index}`, `Category ${index}`, null] as const);
  const known = knownRows(
    rows.map(([id, ...content]) => ({ key: [id], hash: contentHash(content), status: "active" })),
  );
  const stager = new Stager("categories");
  const begunAt = performance.now();
  // From the far end, where a search from the first one on is slowest.
  for (const row of rows.toReversed()) assert.equal(stager.compare("categories", row, known), false);
  assert.ok(performance.now() - begunAt < 10_000, "a search for each takes minutes");
  assert.equal(stager.isUsed, false);
  assert.equal(stager.compare("categories", ["c7", "Another", null], known), true);
  assert.deepEqual(stager.tally.counts, { categories: { created: 0, updated: 1, withdrawn: 0 } });
});

Deno.test("what makes no sense is refused with the reason and its id, if there is one", () => {
  const product = { internalId: 1, name: "P" };
  const price = { currency: "EUR", min: 1, max: 2 };
  const brand = { internalId: "b", name: "B" };
  const cases: readonly (readonly [unknown, string | null, RegExp])[] = [
    ["text", null, /expected object/i],
    [{ name: "B" }, null, /internalId/],
    [{ ...brand, name: "" }, "b", /name/],
    [{ ...brand, countryCode: "Germany" }, "b", /countryCode/],
    [{ ...brand, categories: [1, "1"] }, "b", /named twice/],
    [{ ...brand, products: [product, product] }, "b", /two have the same/],
    [{ ...brand, products: [{ ...product, prices: [price, price] }] }, "b", /two prices/],
    [{ ...brand, products: [{ ...product, prices: [{ ...price, min: "1" }] }] }, "b", /products\.0\.prices\.0\.min/],
    [{ ...brand, products: [{ ...product, configurations: [{ name: "a\nb", value: "" }] }] }, "b", /control/],
    [{ ...brand, description: "\u0000" }, "b", /NUL/],
  ];
  for (const [given, id, reason] of cases) {
    const judged = judgeBrand(JSON.stringify(given));
    assert.ok("reason" in judged, JSON.stringify(given));
    assert.equal(judged.id, id);
    assert.match(judged.reason, reason);
  }
  assert.ok("value" in judgeBrand(JSON.stringify({ ...brand, products: [{ ...product, prices: [price] }] })));
  assert.ok("value" in judgeCategory('{"internalId":7,"name":"Games"}'));
  assert.ok("reason" in judgeCategory("{"));
});

Deno.test("S3-47 a cycle is tried with what it is given, without a server, a database or a catalogue", async () => {
  const answer = JSON.stringify([{ internalId: "new", name: "New" }, { internalId: "old", name: "As before" }]);
  const turn = await testActor(catalog).at(1_000)
    .answering({
      sources: () => [],
      knownCategories: () => [{ key: ["old"], hash: contentHash(["As before", null]), status: "active" }],
      listed: () => ["gone", "old"],
      untold: () => null,
    })
    .answeringFetch(() => ({ status: 200, body: answer }))
    .as({ tenant: CATALOG_TENANT, key: "categories" })
    .when("sync", {});
  assert.deepEqual(turn.events.map(({ type }) => type), ["catalog.sync-completed"]);
});

Deno.test("a cycle is both parts, each asked for once however often it is begun", async () => {
  const { sends } = await testActor(catalog).as({ tenant: CATALOG_TENANT, key: "main" }).when("cycle", {});
  assert.deepEqual(sends.map(({ key, name }) => [key, name]), PARTS.map((part) => [part, "sync"]));
  assert.deepEqual(sends.map(({ options }) => options.dedupeKey), ["catalog-categories", "catalog-brands"]);
});
