import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { isBelow, urlBelow } from "../../runtime/actor/upstream_url.ts";

const BASE = "https://api.example/v1";

Deno.test("urlBelow() joins a path to its base", () => {
  const joined = (path: string, base = BASE) => urlBelow(base, path).href;
  assert.equal(joined("/tracks/1Z?full=yes&x=%20"), "https://api.example/v1/tracks/1Z?full=yes&x=%20");
  assert.equal(joined("tracks"), "https://api.example/v1/tracks");
  assert.equal(joined(""), "https://api.example/v1");
  assert.equal(joined("?a=1"), "https://api.example/v1?a=1");
  assert.equal(joined("/x", "https://api.example"), "https://api.example/x");
  assert.equal(joined("/x", "https://api.example/v1/"), "https://api.example/v1/x");
  assert.equal(joined("/a..b/.c/x.y?to=../up"), "https://api.example/v1/a..b/.c/x.y?to=../up");
  assert.equal(joined("/urn:isbn:1"), "https://api.example/v1/urn:isbn:1");
});

for (
  const path of [
    "/..",
    "/../admin",
    "..",
    "a/../../b",
    "/%2e%2e/x",
    "/.%2E/x",
    "/a/%2e",
    "//evil.example/",
    "/\\evil.example",
  ]
    .concat([
      "\\..\\x",
      "https://evil.example/",
      "/https://evil.example/",
      "/..%2fx",
      "/..%5cx",
      "/..;/x",
      "/.\t./x",
      "/.\n./x",
    ])
    .concat(["/a b", "/a\u0000", "///evil.example"])
) {
  Deno.test(`urlBelow() refuses ${JSON.stringify(path)}`, () => {
    assert.throws(() => urlBelow(BASE, path), { code: "invalid-message", retryable: false });
  });
}

Deno.test("urlBelow() never leaves the base, whatever the path", () => {
  const part = fc.constantFrom(
    "/",
    ".",
    "..",
    "%2e",
    "%2f",
    "\\",
    "@",
    ":",
    "?",
    "#",
    ";",
    "evil.example",
    "a",
    "%",
    "\t",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }).map((parts) => parts.join("")), (path) => {
      let url: URL;
      try {
        url = urlBelow(BASE, path);
      } catch {
        return;
      }
      assert.equal(url.origin, "https://api.example");
      assert.ok(url.pathname === "/v1" || url.pathname.startsWith("/v1/"), url.href);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("isBelow() knows a sibling by its name, and another origin", () => {
  for (const url of ["https://api.example/v1", "https://api.example/v1/x", "https://api.example:443/v1/"]) {
    assert.ok(isBelow(BASE, new URL(url)), url);
  }
  const others = [
    "https://api.example/v10",
    "https://api.example/",
    "http://api.example/v1/x",
    "https://api.example:8443/v1/x",
  ]
    .concat(["https://api.example.evil/v1/x", "https://u@api.example/v1/x", "https://api.example/v1/..%2fadmin"]);
  for (const url of others) assert.ok(!isBelow(BASE, new URL(url)), url);
});
