import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;

/** 43 characters of base64url. */
export const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** 256 bits that nobody can guess. */
export function newSecret(): string {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * What is kept of a secret. A slow hash is for what people think up: of 256 random bits nobody tries a part worth
 * mentioning, however fast each try is.
 */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Takes as long wherever two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
