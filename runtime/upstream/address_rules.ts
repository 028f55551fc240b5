import ipaddr from "ipaddr.js";
import { type Cidr, isWithin, subtractV4 } from "./cidr.ts";
import { GLOBAL_V6, NAT64, SPECIAL_V4, SPECIAL_V6 } from "./special_networks.ts";

/**
 * The rule by which calls to user-given addresses may not go to this one, in words; null when they may.
 * @param address as a resolver or the URL parser writes it
 * @param allowed networks that are reached although a rule stands against them
 */
export function refusalOf(address: string, allowed: readonly Cidr[]): string | null {
  if (!ipaddr.isValid(address)) return "not an address";
  const parsed = unwrapped(ipaddr.parse(inHex(address)));
  if (allowed.some((network) => isWithin(parsed, network))) return null;
  const special = [...SPECIAL_V4, ...SPECIAL_V6].find(({ network }) => isWithin(parsed, network));
  if (special !== undefined) return special.rule;
  return parsed.kind() === "ipv6" && !isWithin(parsed, GLOBAL_V6) ? "reserved" : null;
}

/** The library takes ::1.2.3.4 for a mapped address, which it is not; the URL parser writes it in full. */
function inHex(address: string): string {
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? address;
}

/** An IPv4 address in the clothes of IPv6 is judged as what it leads to. */
function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return isWithin(address, NAT64) ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address;
}

/** What Deno itself is to refuse at each connection: its flag takes networks of IPv4, and single addresses of IPv6. */
export function deniedNetworks(allowed: readonly Cidr[]): readonly string[] {
  const v6 = ["::", "::1"].filter((address) => refusalOf(address, allowed) !== null).map((address) => `[${address}]`);
  return [...subtractV4(SPECIAL_V4.map(({ network }) => network), allowed), ...v6];
}
