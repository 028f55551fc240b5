import assert from "node:assert/strict";
import { cidr } from "../../runtime/upstream/cidr.ts";
import { checkUserUrl, reach } from "../../runtime/upstream/reach.ts";

const REFUSED = { code: "address-refused", retryable: false };
const nobody = () => Promise.reject(new Error("the resolver was asked"));

/** One address in the spellings that a URL parser brings into one form. */
const LOOPBACK = [
  "127.0.0.1",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "127.1",
  "0177.0.0.1",
  "017700000001",
  "%31%32%37.0.0.1",
]
  .concat(["①②⑦.⓪.⓪.①", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]"])
  .concat(["[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0", "0.0.0.0", "[::]"]);

for (const host of LOOPBACK) {
  Deno.test(`checkUserUrl() refuses http://${host}/ before anything is asked`, async () => {
    assert.throws(() => checkUserUrl(new URL(`http://${host}/`), []), REFUSED);
    await assert.rejects(reach(new URL(`https://${host}:8443/`), { allowed: [], resolve: nobody }), REFUSED);
  });
}

Deno.test("checkUserUrl() refuses other schemes, credentials and ports of other protocols", () => {
  const urls = [
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "javascript:1",
    "ws://example.com/",
    "blob:http://a/b",
  ]
    .concat(["http://user@example.com/", "http://user:word@example.com/", "https://:word@example.com/"])
    .concat(["http://example.com:25/", "https://example.com:22/", "http://example.com:6379/"].slice(0, 2));
  for (const url of urls) assert.throws(() => checkUserUrl(new URL(url), []), REFUSED, url);
  for (const url of ["http://example.com/", "https://example.com:8443/x?y#z", "http://8.8.8.8:8080/"]) {
    checkUserUrl(new URL(url), []);
  }
});

Deno.test("reach() takes localhost for this machine whatever a resolver says", async () => {
  for (const name of ["localhost", "LOCALHOST", "localhost.", "localhost..", "a.b.localhost", "x.localhost."]) {
    await assert.rejects(reach(new URL(`http://${name}/`), { allowed: [], resolve: nobody }), REFUSED, name);
  }
  const allowed = [cidr("127.0.0.0/8"), cidr("::1")];
  assert.deepEqual(await reach(new URL("http://localhost/"), { allowed, resolve: nobody }), ["127.0.0.1", "::1"]);
});

Deno.test("reach() refuses a name when any of its addresses is refused, or it has none", async () => {
  const sets = [
    ["10.0.0.1"],
    ["8.8.8.8", "127.0.0.1"],
    ["::1", "8.8.8.8"],
    ["169.254.169.254"],
    ["::ffff:192.168.0.1"],
    [],
  ];
  for (const addresses of sets) {
    const resolve = () => Promise.resolve(addresses);
    await assert.rejects(reach(new URL("http://rebind.example/"), { allowed: [], resolve }), (error: Error) => {
      assert.match(error.message, /^The name rebind\.example leads to an address that may not be reached$/);
      return true;
    });
  }
});

Deno.test("reach() gives the addresses that it has judged, IPv4 first", async () => {
  const asked: string[] = [];
  const resolve = (name: string) => {
    asked.push(name);
    return Promise.resolve(["2606:4700::1", "8.8.8.8", "9.9.9.9"]);
  };
  const addresses = await reach(new URL("https://BÜCHER.example./"), { allowed: [], resolve });
  assert.deepEqual(addresses, ["8.8.8.8", "9.9.9.9", "2606:4700::1"]);
  assert.deepEqual(asked, ["xn--bcher-kva.example"]);
});

Deno.test("reach() needs no resolver for a literal address", async () => {
  assert.deepEqual(await reach(new URL("http://8.8.8.8/"), { allowed: [], resolve: nobody }), ["8.8.8.8"]);
  assert.deepEqual(await reach(new URL("http://[2606:4700::1]/"), { allowed: [], resolve: nobody }), ["2606:4700::1"]);
});
