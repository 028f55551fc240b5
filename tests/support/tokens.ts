import { type CryptoKey, type JWTHeaderParameters, SignJWT } from "jose";
import type { Authentication } from "../../routes/access/authentication.ts";
import { chooseAuthentication } from "../../routes/access/choose.ts";
import type { Clock } from "../../runtime/core/clock.ts";

export const SECRET = "a secret of the tests, 32 bytes and more";

const secretBytes = new TextEncoder().encode(SECRET);
const RULES = { AUTH_ISSUER: "mailroom", AUTH_AUDIENCE: "mailroom" };

/** What a token of the tests is made of; everything has a default that holds for an hour. */
export interface TokenParts {
  /** In place of the default ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly head?: Partial<JWTHeaderParameters>;
  readonly key?: CryptoKey | Uint8Array;
}

/** A token of the tenant acme's operator, signed with {@linkcode SECRET} unless it says otherwise. */
export async function signToken(
  clock: Pick<Clock, "now">,
  { claims = {}, head = {}, key = secretBytes }: TokenParts = {},
): Promise<string> {
  const nowS = Math.floor(clock.now() / 1_000);
  const defaults = {
    iss: "mailroom",
    aud: "mailroom",
    sub: "ann",
    tenant: "acme",
    role: "operator",
    exp: nowS + 3_600,
  };
  return await new SignJWT({ ...defaults, ...claims }).setProtectedHeader({ alg: "HS256", ...head }).sign(key);
}

export function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** As the server has it with AUTH_SECRET set. */
export function secretAuthentication(clock: Clock): Promise<Authentication> {
  const config = { ...RULES, AUTH_SECRET: secretBytes };
  return chooseAuthentication({ config, clock, fetch: nowhere, onKeysMissing: () => {} });
}

/** As the server has it with AUTH_JWKS_URL set. */
export function keySetAuthentication(
  clock: Clock,
  { fetch, onKeysMissing = () => {} }: { fetch: typeof globalThis.fetch; onKeysMissing?: (error: unknown) => void },
): Promise<Authentication> {
  const config = { ...RULES, AUTH_JWKS_URL: "https://id.example/keys" };
  return chooseAuthentication({ config, clock, fetch, onKeysMissing });
}

function nowhere(): never {
  throw new Error("Nothing is to be fetched");
}
