import assert from "node:assert/strict";
import { Hono } from "hono";
import type { AppEnv } from "../../routes/env.ts";
import { byNetwork, clientAddress } from "../../routes/limits/client_address.ts";

async function addressOf(proxies: number, hostname: string | undefined, forwardedFor?: string): Promise<string> {
  const of = byNetwork(clientAddress(proxies));
  const app = new Hono<AppEnv>().get("/", (c) => c.text(of(c)));
  const headers = forwardedFor === undefined ? {} : { "X-Forwarded-For": forwardedFor };
  const response = await app.request("/", { headers }, hostname === undefined ? {} : { remoteAddr: { hostname } });
  return await response.text();
}

Deno.test("clientAddress() is the connection's where no proxy is trusted, whatever the header says", async () => {
  assert.equal(await addressOf(0, "198.51.100.7", "203.0.113.9"), "198.51.100.7");
  assert.equal(await addressOf(0, undefined), "");
});

Deno.test("byNetwork() is one for a /64 of IPv6, and for an IPv4 address however it is written", async () => {
  const network = "2001:db8:0:7::/64";
  for (const address of ["2001:db8:0:7::1", "2001:0DB8:0000:0007:ffff:1:2:3"]) {
    assert.equal(await addressOf(0, address), network);
    assert.equal(await addressOf(1, "10.0.0.1", address), network);
  }
  assert.notEqual(await addressOf(0, "2001:db8:0:8::1"), network);
  assert.equal(await addressOf(0, "::ffff:198.51.100.7"), "198.51.100.7");
});

Deno.test("clientAddress() is what the outermost of one's own proxies saw, not what was written before it", async () => {
  const header = "1.1.1.1, 203.0.113.9, 10.0.0.2";
  assert.equal(await addressOf(1, "10.0.0.1", header), "10.0.0.2");
  assert.equal(await addressOf(2, "10.0.0.1", header), "203.0.113.9");
  assert.equal(await addressOf(1, "10.0.0.1", "203.0.113.9:4711"), "203.0.113.9");
  assert.equal(await addressOf(1, "10.0.0.1", "[2001:db8:0:7::1]:4711"), "2001:db8:0:7::/64");
});

for (const header of [undefined, "", "unknown", "_hidden", "1.1.1", "0x7f.1", "a, b", "203.0.113.9,"]) {
  Deno.test(`clientAddress() is the connection's when X-Forwarded-For is ${JSON.stringify(header)}`, async () => {
    assert.equal(await addressOf(1, "10.0.0.1", header), "10.0.0.1");
    assert.equal(await addressOf(3, "10.0.0.1", header), "10.0.0.1");
  });
}
