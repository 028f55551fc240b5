import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { TrieRouter } from "hono/router/trie-router";
import { ShapeRouter } from "../../routes/shape_router.ts";

const ROUTES = [
  ["ALL", "/*"],
  ["ALL", "/api/*"],
  ["POST", "/api/jobs"],
  ["POST", "/api/jobs/batch"],
  ["GET", "/api/jobs"],
  ["GET", "/api/jobs/:id"],
  ["GET", "/api/jobs/:id/logs"],
  ["POST", "/api/jobs/:id/cancel"],
  ["GET", "/api/actors/:kind/:key"],
  ["GET", "/"],
  ["GET", "/:page"],
] as const;

const part = fc.constantFrom("api", "jobs", "actors", "batch", "logs", "cancel", "", "*", ":id", "?2", "a", "b", "é");
const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`);

Deno.test("ShapeRouter finds what TrieRouter finds, with the same parameters, asked again or not", () => {
  const [shapes, trie] = [new ShapeRouter<string>(), new TrieRouter<string>()];
  for (const router of [shapes, trie]) {
    for (const [method, path] of ROUTES) router.add(method, path, `${method} ${path}`);
  }
  const found = (router: typeof shapes | typeof trie, method: string, path: string) =>
    router.match(method, path)[0].map(([handler, params]) => [handler, { ...params }]);
  fc.assert(
    fc.property(fc.constantFrom("GET", "POST", "DELETE", "ALL"), path, (method, path) => {
      assert.deepEqual(found(shapes, method, path), found(trie, method, path));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("ShapeRouter tells parameters apart that have the same value", () => {
  const router = new ShapeRouter<string>();
  router.add("GET", "/actors/:kind/:key", "inspect");
  assert.deepEqual(router.match("GET", "/actors/a/a"), [[["inspect", { kind: "a", key: "a" }]]]);
  assert.deepEqual(router.match("GET", "/actors/b/c"), [[["inspect", { kind: "b", key: "c" }]]]);
});

Deno.test("ShapeRouter takes a route that comes after it was asked", () => {
  const router = new ShapeRouter<string>();
  router.add("GET", "/jobs/:id", "get");
  assert.equal(router.match("GET", "/jobs/batch")[0].length, 1);
  router.add("GET", "/jobs/batch", "batch");
  assert.equal(router.match("GET", "/jobs/batch")[0].length, 2);
});
