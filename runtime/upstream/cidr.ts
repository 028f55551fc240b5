import ipaddr from "ipaddr.js";

/** A network: `10.0.0.0/8`, `fd00::/8`. */
export type Cidr = readonly [network: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** `10.0.0.0/8`, `fd00::/8`, or one address; null for anything else. */
export function parseCidr(text: string): Cidr | null {
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text);
  if (ipaddr.IPv6.isValidCIDR(text)) return ipaddr.IPv6.parseCIDR(text);
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return [ipaddr.IPv4.parse(text), 32];
  return ipaddr.IPv6.isValid(text) ? [ipaddr.IPv6.parse(text), 128] : null;
}

/** @throws {TypeError} when it is none */
export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new TypeError(`${JSON.stringify(text)} is no network like 10.0.0.0/8 or fd00::/8`);
  return parsed;
}

export function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Cidr): boolean {
  return address.kind() === network.kind() && address.match([network, bits]);
}

/** The IPv4 networks that hold what `from` holds and `holes` do not, as few as can be for each of `from`. */
export function subtractV4(from: readonly Cidr[], holes: readonly Cidr[]): readonly string[] {
  const left = holes.filter(isV4).map(toRange).reduce(
    (rest, hole) => rest.flatMap((range) => without(range, hole)),
    from.filter(isV4).map(toRange),
  );
  return left.map(({ first, bits }) => `${ipaddr.fromByteArray(bytesOf(first)).toString()}/${bits}`);
}

/** A network as a number and the length of its prefix. */
interface Range {
  readonly first: number;
  readonly bits: number;
}

/** Two networks either lie apart or one holds the other. */
function without(range: Range, hole: Range): Range[] {
  if (!holds(range, hole) && !holds(hole, range)) return [range];
  if (holds(hole, range)) return [];
  const bits = range.bits + 1;
  return [range.first, range.first + 2 ** (32 - bits)].flatMap((first) => without({ first, bits }, hole));
}

function holds(outer: Range, inner: Range): boolean {
  return inner.bits >= outer.bits && inner.first >= outer.first && inner.first < outer.first + 2 ** (32 - outer.bits);
}

function isV4([network]: Cidr): boolean {
  return network.kind() === "ipv4";
}

function toRange([network, bits]: Cidr): Range {
  const number = network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
  return { first: number - number % 2 ** (32 - bits), bits };
}

function bytesOf(number: number): number[] {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
}
