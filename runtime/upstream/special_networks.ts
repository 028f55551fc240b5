import { type Cidr, cidr } from "./cidr.ts";

/** A network that is no part of the public internet, and the word for it. */
export interface SpecialNetwork {
  readonly network: Cidr;
  readonly rule: string;
}

/** @see IANA IPv4 Special-Purpose Address Registry; what it calls globally reachable is not here */
export const SPECIAL_V4: readonly SpecialNetwork[] = named({
  "0.0.0.0/8": "this network",
  "10.0.0.0/8": "private",
  "100.64.0.0/10": "shared by a carrier",
  "127.0.0.0/8": "loopback",
  "169.254.0.0/16": "link-local, where clouds keep their metadata",
  "172.16.0.0/12": "private",
  "192.0.0.0/24": "reserved for protocols",
  "192.0.2.0/24": "for documentation",
  "192.88.99.0/24": "reserved",
  "192.168.0.0/16": "private",
  "198.18.0.0/15": "for benchmarks",
  "198.51.100.0/24": "for documentation",
  "203.0.113.0/24": "for documentation",
  "224.0.0.0/4": "multicast",
  "240.0.0.0/4": "reserved",
});

/**
 * Names for what lies outside of {@linkcode GLOBAL_V6}, and what inside of it is not public.
 * @see IANA IPv6 Special-Purpose Address Registry
 */
export const SPECIAL_V6: readonly SpecialNetwork[] = named({
  "::/128": "unspecified",
  "::1/128": "loopback",
  "fc00::/7": "private",
  "fe80::/10": "link-local",
  "ff00::/8": "multicast",
  "2001::/23": "reserved for protocols",
  "2001:db8::/32": "for documentation",
  "2002::/16": "an IPv4 address in another form",
  "3fff::/20": "for documentation",
});

/** All that has been handed out of IPv6. */
export const GLOBAL_V6: Cidr = cidr("2000::/3");

/** NAT64 (RFC 6052): leads to the IPv4 address in its last 32 bits. */
export const NAT64: Cidr = cidr("64:ff9b::/96");

function named(rules: Readonly<Record<string, string>>): readonly SpecialNetwork[] {
  return Object.entries(rules).map(([network, rule]) => ({ network: cidr(network), rule }));
}
