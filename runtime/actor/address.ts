import { RuntimeError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";

/** Where an actor lives. `system` is the tenant of actors that belong to no tenant. */
export interface Address {
  readonly tenant: string;
  readonly kind: string;
  readonly key: string;
}

export const TENANT_PATTERN: RegExp = /^[a-z0-9][a-z0-9_-]{0,62}$/;
export const KIND_PATTERN: RegExp = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const KEY_PATTERN = /^[A-Za-z0-9._~:@+-]+$/;

/** `tenant/kind/key`: the written form, unique because no part may hold a slash. */
export function formatAddress({ tenant, kind, key }: Address): string {
  return `${tenant}/${kind}/${key}`;
}

/** Of a text that `formatAddress` made. */
export function parseAddress(text: string): Address {
  const [tenant, kind, key] = text.split("/") as [string, string, string];
  return { tenant, kind, key };
}

export function isSameAddress(one: Address, other: Address): boolean {
  return one.key === other.key && one.kind === other.kind && one.tenant === other.tenant;
}

/** @throws {RuntimeError} `invalid-message` when a part is not spelt as an address may be */
export function checkAddress(address: Address): void {
  if (!TENANT_PATTERN.test(address.tenant)) {
    throw refused("tenant", address.tenant, "1-63 of a-z, 0-9, _ and -, not starting with _ or -");
  }
  if (!KIND_PATTERN.test(address.kind)) throw refused("kind", address.kind, "kebab-case");
  if (address.key.length > LIMITS.keyChars || !KEY_PATTERN.test(address.key)) {
    throw refused("key", address.key, `1-${LIMITS.keyChars} of A-Z, a-z, 0-9 and . _ ~ : @ + -`);
  }
}

/**
 * Tenants are walls: an actor reaches its own, and those of `system` all.
 * @throws {RuntimeError} `not-found`
 */
export function checkReach(from: string, to: string): void {
  if (from === to || from === "system") return;
  throw new RuntimeError("not-found", `An actor of ${from} cannot reach the tenant ${JSON.stringify(to.slice(0, 80))}`);
}

function refused(part: string, value: string, wanted: string): RuntimeError {
  return new RuntimeError("invalid-message", `The ${part} ${JSON.stringify(value.slice(0, 80))} must be ${wanted}`);
}
