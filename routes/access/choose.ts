import type { Clock, Config } from "../../runtime/mod.ts";
import type { AddressOf } from "../limits/client_address.ts";
import { createFailures } from "../limits/failures.ts";
import { type Authentication, openAuthentication } from "./authentication.ts";

export interface AccessChoice {
  readonly config: Pick<Config, "AUTH_SECRET" | "AUTH_JWKS_URL" | "AUTH_ISSUER" | "AUTH_AUDIENCE">;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** By which failed attempts are counted. */
  readonly addressOf: AddressOf;
  /** Told when the keys of AUTH_JWKS_URL could not be had. */
  readonly onKeysMissing: (error: unknown) => void;
}

/** Who may come in, as the environment says; what verifies tokens is loaded only where there are any. */
export async function chooseAuthentication(
  { config, clock, addressOf, ...keys }: AccessChoice,
): Promise<Authentication> {
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: url, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = config;
  if (secret === undefined && url === undefined) return openAuthentication;
  const [jwt, { slowFailures }, { rememberVerified }, { bearerAuthentication }, { createKeySet }] = await Promise.all([
    import("./jwt.ts"),
    import("./slowed.ts"),
    import("./remembered.ts"),
    import("./bearer.ts"),
    import("./key_set.ts"),
  ]);
  const { createJwtVerifier, keyOfSecret } = jwt;
  const rules = { issuer, audience, clock };
  const verify = secret !== undefined
    ? createJwtVerifier({ ...rules, algorithms: ["HS256"], keyFor: constant(await keyOfSecret(secret)) })
    : createJwtVerifier({
      ...rules,
      algorithms: ["RS256", "ES256", "EdDSA"],
      keyFor: createKeySet({ url: url!, clock, ...keys }),
    });
  return bearerAuthentication(rememberVerified(slowFailures(verify, createFailures(clock)), clock), addressOf);
}

function constant<T>(value: T): () => T {
  return () => value;
}
