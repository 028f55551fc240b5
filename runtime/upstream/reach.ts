import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { RuntimeError } from "../core/errors.ts";
import { refusalOf } from "./address_rules.ts";
import { BLOCKED_PORTS } from "./blocked_ports.ts";
import type { Cidr } from "./cidr.ts";

/*
 * What keeps calls to addresses that users give away from what is not public (server-side request forgery).
 *
 * 1. The URL, before anything: http or https, no credentials, no port of another protocol. A literal address is judged
 *    by address_rules.ts, after the URL parser has brought 2130706433, 0x7f.1 and 127.1 into one form.
 * 2. A name is resolved here, once for each request, redirects included; every address it has must be allowed, and the
 *    connection goes to one of these very addresses, so a second answer of the resolver has nobody to deceive.
 * 3. The process that connects runs under `--deny-net` of the same IPv4 networks (Deno's flag knows no others), which Deno
 *    checks at each connection, mapped IPv6 addresses included. On Deno Deploy there is no such process: 1 and 2 hold alone.
 *
 * What a name resolves to is never told: the error of a refused name is the same for every rule.
 */

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export async function systemResolve(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Names that mean this machine, whatever a resolver says (RFC 6761, section 6.3). */
const LOCAL_NAME = /^(.*\.)?localhost$/;
const LOOPBACK = ["127.0.0.1", "::1"];

/** @throws {RuntimeError} `address-refused` when the URL itself says that it may not be called */
export function checkUserUrl(url: URL, allowed: readonly Cidr[]): void {
  if (!/^https?:$/.test(url.protocol)) throw refused(`Only http and https are called, not ${url.protocol}`);
  if (url.username !== "" || url.password !== "") {
    throw refused("The address holds a user name or password: send a header instead");
  }
  if (BLOCKED_PORTS.has(url.port)) throw refused(`The port ${url.port} is not for HTTP`);
  for (const address of knownAddresses(url) ?? []) {
    const rule = refusalOf(address, allowed);
    if (rule !== null) throw refused(`The address ${address} may not be reached: it is ${rule}`);
  }
}

/**
 * Where a URL's requests go: IPv4 first, since it works everywhere.
 * @throws {RuntimeError} `address-refused`; whatever `resolve` throws
 */
export async function reach(
  url: URL,
  { allowed, resolve }: { allowed: readonly Cidr[]; resolve: Resolve },
): Promise<readonly string[]> {
  checkUserUrl(url, allowed);
  const known = knownAddresses(url);
  if (known !== null) return known;
  const name = nameOf(url);
  const addresses = await resolve(name);
  if (addresses.length === 0 || addresses.some((address) => refusalOf(address, allowed) !== null)) {
    throw refused(`The name ${name} leads to an address that may not be reached`);
  }
  return addresses.toSorted((a, b) => Number(isV4(b)) - Number(isV4(a)));
}

/** What a URL leads to without a question to anybody; null for names. */
function knownAddresses(url: URL): readonly string[] | null {
  const name = nameOf(url);
  if (name.startsWith("[")) return [name.slice(1, -1)];
  if (isV4(name)) return [name];
  return LOCAL_NAME.test(name) ? LOOPBACK : null;
}

/** As `node:net` has it, which a broker would load for this alone. */
function isV4(address: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(address);
}

function nameOf({ hostname }: URL): string {
  return hostname.replace(/\.+$/, "");
}

function refused(message: string): RuntimeError {
  return new RuntimeError("address-refused", message);
}
