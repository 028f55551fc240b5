import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import ipaddr from "ipaddr.js";
import { deniedNetworks, refusalOf } from "../../runtime/upstream/address_rules.ts";
import { cidr, isWithin, parseCidr, subtractV4 } from "../../runtime/upstream/cidr.ts";

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1", "::ffff:10.1.2.3"],
  "link-local, where clouds keep their metadata": [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
  ],
  "link-local": ["fe80::1", "febf::1", "fe80::1%eth0"],
  "this network": ["0.0.0.0", "0.1.2.3", "::ffff:0.0.0.0"],
  unspecified: ["::"],
  "shared by a carrier": ["100.64.0.1", "100.127.255.255"],
  "for documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.9", "2001:db8::1", "3fff::1"],
  "for benchmarks": ["198.18.0.1", "198.19.255.255"],
  multicast: ["224.0.0.1", "239.1.1.1", "ff02::1"],
  reserved: [
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "fec0::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
  ],
  "reserved for protocols": ["192.0.0.8", "2001:0:4136:e378::1", "2001:2::1"],
  "an IPv4 address in another form": ["2002:7f00:1::", "2002:808:808::1"],
  "not an address": ["", "example.com", "1.2.3.4.5", "127.0.0.1/8"],
};
const PUBLIC = [
  "8.8.8.8",
  "1.1.1.1",
  "172.15.0.1",
  "172.32.0.1",
  "100.63.255.255",
  "100.128.0.0",
  "192.0.1.1",
  "223.255.255.255",
]
  .concat(["2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]);

for (const [rule, addresses] of Object.entries(REFUSED)) {
  Deno.test(`refusalOf() says "${rule}" of ${addresses.join(" ")}`, () => {
    for (const address of addresses) assert.equal(refusalOf(address, []), rule, address);
  });
}

Deno.test("refusalOf() lets what is public pass", () => {
  for (const address of PUBLIC) assert.equal(refusalOf(address, []), null, address);
});

Deno.test("refusalOf() lets pass what is allowed, in every form of it, and nothing beside it", () => {
  const allowed = [cidr("127.0.0.0/8"), cidr("fd00::/8"), cidr("10.1.2.3")];
  for (const address of ["127.0.0.1", "::ffff:127.1.1.1", "fd12::1", "10.1.2.3"]) {
    assert.equal(refusalOf(address, allowed), null, address);
  }
  for (const address of ["::1", "fc00::1", "10.1.2.4", "169.254.169.254"]) {
    assert.notEqual(refusalOf(address, allowed), null, address);
  }
});

const v4 = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((number) =>
  [24, 16, 8, 0].map((shift) => (number / 2 ** shift) & 255).join(".")
);
const network = fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, bits]) => cidr(`${address}/${bits}`));

Deno.test("refusalOf() refuses every IPv4 address that an independent library does not call public", () => {
  const reachable = ["as112", "amt"];
  fc.assert(
    fc.property(v4, (address) => {
      const range = ipaddr.IPv4.parse(address).range();
      if (range === "unicast" || reachable.includes(range)) assert.equal(refusalOf(address, []), null);
      else assert.notEqual(refusalOf(address, []), null);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("refusalOf() refuses every IPv6 address that an independent library does not call public", () => {
  const v6 = fc.ipV6();
  const judgedInside = ["ipv4Mapped", "rfc6052", "as112v6", "amt", "droneRemoteIdProtocolEntityTags", "orchid2"];
  fc.assert(
    fc.property(v6, (address) => {
      const range = ipaddr.IPv6.parse(address).range();
      if (range !== "unicast" && !judgedInside.includes(range)) assert.notEqual(refusalOf(address, []), null, range);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("subtractV4() leaves exactly what the holes do not hold", () => {
  const networks = fc.array(network, { maxLength: 4 });
  fc.assert(
    fc.property(networks, networks, v4, (from, holes, random) => {
      const left = subtractV4(from, holes).map(cidr);
      const edges = [...from, ...holes].flatMap(([first, bits]) => [first.toString(), lastOf(first.toString(), bits)]);
      for (const address of [random, ...edges].map((text) => ipaddr.IPv4.parse(text))) {
        const isIn = (some: readonly (typeof left[number])[]) => some.some((one) => isWithin(address, one));
        assert.equal(isIn(left), isIn(from) && !isIn(holes), address.toString());
      }
    }),
    { numRuns: 1_000 },
  );
});

function lastOf(first: string, bits: number): string {
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${first}/${bits}`).toString();
}

Deno.test("deniedNetworks() names all of IPv4 that is refused, less what is allowed", () => {
  assert.deepEqual(deniedNetworks([cidr("127.0.0.0/8"), cidr("::1")]).filter((each) => /^(127|\[)/.test(each)), [
    "[::]",
  ]);
  assert.deepEqual(deniedNetworks([cidr("10.0.0.0/10")]).filter((each) => each.startsWith("10.")), [
    "10.64.0.0/10",
    "10.128.0.0/9",
  ]);
  const denied = deniedNetworks([]).filter((each) => !each.startsWith("[")).map(cidr);
  fc.assert(
    fc.property(v4, (address) => {
      const isDenied = denied.some((one) => isWithin(ipaddr.IPv4.parse(address), one));
      assert.equal(isDenied, refusalOf(address, []) !== null);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseCidr() takes networks and addresses, and nothing that could be read in two ways", () => {
  for (const text of ["10.0.0.0/8", "10.1.2.3", "fd00::/8", "::1"]) assert.notEqual(parseCidr(text), null, text);
  for (
    const text of ["", "10/8", "010.0.0.1", "0x7f.1", "10.0.0.0/33", "10.0.0.0/-1", "fd00::/129", "localhost", "*"]
  ) {
    assert.equal(parseCidr(text), null, text);
  }
});
