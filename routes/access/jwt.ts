import { type CryptoKey, jwtVerify, type JWTVerifyGetKey } from "jose";
import type { Clock } from "../../runtime/mod.ts";
import { Refusal } from "../problem.ts";
import type { Verify } from "./authentication.ts";
import { claims, principalOf } from "./claims.ts";
import { unauthorized } from "./unauthorized.ts";

export interface JwtRules {
  /** Taken from the configuration, never from the token. */
  readonly algorithms: readonly string[];
  readonly keyFor: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

const TOLERANCE_S = 5;

/** @see RFC 7519 (JWT), RFC 8725 (its best current practices) */
export function createJwtVerifier({ algorithms, keyFor, issuer, audience, clock }: JwtRules): Verify {
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyFor, {
        algorithms: [...algorithms],
        issuer,
        audience,
        requiredClaims: ["exp"],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(clock.now()),
      });
      return principalOf(claims.parse(payload), (payload.exp! + TOLERANCE_S) * 1_000);
    } catch (thrown) {
      // Why it does not hold is nobody's business.
      throw thrown instanceof Refusal ? thrown : unauthorized();
    }
  };
}

/** The one key of a secret, which is not taken in again for each token. */
export async function keyOfSecret(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
