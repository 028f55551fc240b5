import type { AddressOf } from "../limits/client_address.ts";
import type { Authentication } from "./authentication.ts";
import { inNamedTenant } from "./named_tenant.ts";
import type { Principal } from "./principal.ts";
import type { From } from "./remembered.ts";
import { unauthorized } from "./unauthorized.ts";

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;
const LONGEST_TOKEN = 8_192;

/** Whoever bears a token that holds, as `Authorization: Bearer TOKEN`. @see RFC 6750, 2.1 */
export function bearerAuthentication(
  verify: (token: string, from: From) => Principal | Promise<Principal>,
  addressOf: AddressOf,
): Authentication {
  return {
    isOpen: false,
    principalOf(c) {
      const token = tokenIn(c.req.header("authorization"));
      if (token === null) throw unauthorized();
      const principal = verify(token, () => addressOf(c));
      return principal instanceof Promise
        ? principal.then((known) => inNamedTenant(c, known))
        : inNamedTenant(c, principal);
    },
  };
}

function tokenIn(header: string | undefined): string | null {
  if (header === undefined || header.length > LONGEST_TOKEN) return null;
  return BEARER.exec(header)?.[1] ?? null;
}
