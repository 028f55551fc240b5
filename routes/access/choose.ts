import type { Clock, Config } from "../../runtime/mod.ts";
import type { Authentication } from "./authentication.ts";
import { unauthorized } from "./unauthorized.ts";

export interface AccessChoice {
  readonly config: Pick<Config, "AUTH_SECRET" | "AUTH_JWKS_URL" | "AUTH_ISSUER" | "AUTH_AUDIENCE">;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Told when the keys of AUTH_JWKS_URL could not be had. */
  readonly onKeysMissing: (error: unknown) => void;
  /** Anyone can reach the server: where there is nothing to verify with, nobody comes in. */
  readonly isPublic?: boolean;
}

/** Who may come in, as the environment says; what verifies tokens is loaded only where there are any. */
export async function chooseAuthentication(
  { config, clock, isPublic = false, ...keys }: AccessChoice,
): Promise<Authentication> {
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: url, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = config;
  if (secret === undefined && url === undefined) {
    return isPublic ? { isOpen: false, verify: () => Promise.reject(unauthorized()) } : { isOpen: true };
  }
  const [{ createJwtVerifier, keyOfSecret }, { createKeySet }] = await Promise.all([
    import("./jwt.ts"),
    import("./key_set.ts"),
  ]);
  const rules = { issuer, audience, clock };
  const verify = secret !== undefined
    ? createJwtVerifier({ ...rules, algorithms: ["HS256"], keyFor: constant(await keyOfSecret(secret)) })
    : createJwtVerifier({
      ...rules,
      algorithms: ["RS256", "ES256", "EdDSA"],
      keyFor: createKeySet({ url: url!, clock, ...keys }),
    });
  return { isOpen: false, verify };
}

function constant<T>(value: T): () => T {
  return () => value;
}
