import assert from "node:assert/strict";
import type { OpenBroker } from "../../support/broker_rig.ts";
import { make } from "../../support/fetch_call.ts";
import { openOutside } from "../../support/outside.ts";

const REFUSED = { code: "address-refused", retryable: false };
const LOOPBACK_ONLY = { reach: "user-addresses", upstreams: [], allowed: ["127.0.0.0/8"], webhookKeys: [] } as const;
const PUBLIC_ONLY = { reach: "user-addresses", upstreams: [], allowed: [], webhookKeys: [] } as const;

/** What keeps calls to user-given addresses away from what is not public. */
export function userAddressContract(place: string, open: OpenBroker): void {
  const test = (does: string, run: () => Promise<void>) =>
    Deno.test(`a broker of user-addresses ${place} ${does}`, run);

  test("calls nothing on this machine by whatever spelling", async () => {
    await using outside = openOutside();
    await using rig = open(PUBLIC_ONLY);
    const hosts = ["127.0.0.1", "localhost", "localhost.", "x.localhost", "0x7f.1", "2130706433", "127.1", "0.0.0.0"]
      .concat(["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]"]);
    for (const host of hosts) {
      await assert.rejects(make(rig.broker, `http://${host}:${outside.port}/echo`), REFUSED, host);
    }
    assert.deepEqual(outside.seen, []);
  });

  test("calls no private, link-local or metadata address", async () => {
    await using rig = open(PUBLIC_ONLY);
    const hosts = [
      "10.0.0.1",
      "172.16.9.9",
      "192.168.0.1",
      "169.254.169.254",
      "100.100.100.200",
      "[fd00:ec2::254]",
      "[fe80::1]",
    ];
    for (const host of hosts) {
      await assert.rejects(make(rig.broker, `http://${host}/latest/meta-data`), REFUSED, host);
    }
  });

  test("follows no redirect to what it would not call", async () => {
    await using outside = openOutside();
    await using rig = open(LOOPBACK_ONLY);
    const targets = ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://[::ffff:10.0.0.1]/"]
      .concat([
        "//192.168.1.1/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://user:word@127.0.0.1/",
        "http://localhost/",
      ]);
    for (const target of targets) {
      const url = `${outside.url}/redirect?to=${encodeURIComponent(target)}`;
      await assert.rejects(make(rig.broker, url), REFUSED, target);
    }
    assert.equal(outside.seen.length, targets.length);
  });

  test("takes credentials to the origin they were meant for, and no further", async () => {
    await using first = openOutside();
    await using second = openOutside();
    await using rig = open(LOOPBACK_ONLY);
    const headers = { authorization: "Bearer x", "x-api-key": "k", accept: "text/html" };
    const headersAt = async (to: string) => {
      const { text } = await make(rig.broker, `${first.url}/redirect?to=${encodeURIComponent(to)}`, { headers });
      return JSON.parse(text).headers;
    };
    const same = await headersAt("/echo");
    assert.deepEqual([same.authorization, same["x-api-key"]], ["Bearer x", "k"]);
    const away = await headersAt(`${second.url}/echo`);
    assert.deepEqual([away.authorization, away["x-api-key"], away.accept], [undefined, undefined, "text/html"]);
    assert.equal(away.host, new URL(second.url).host);
  });

  test("says what is wrong with an address", async () => {
    await using rig = open(LOOPBACK_ONLY);
    await assert.rejects(make(rig.broker, "/relative"), { code: "invalid-message", message: /whole URL/ });
    await assert.rejects(make(rig.broker, "http://no-such-name.invalid/"), {
      code: "upstream-failed",
      retryable: true,
      message: "http://no-such-name.invalid gave no answer: its name does not resolve",
    });
  });

  test("signs nothing without a key", async () => {
    await using outside = openOutside();
    await using rig = open(LOOPBACK_ONLY);
    const call = { method: "POST", body: "{}", webhookId: "01J.webhook" };
    await assert.rejects(make(rig.broker, `${outside.url}/echo`, call), {
      code: "invalid-config",
      retryable: false,
      message: /WEBHOOK_SECRET is not set/,
    });
    assert.deepEqual(outside.seen, []);
  });
}
