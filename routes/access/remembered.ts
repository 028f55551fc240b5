import { createHash } from "node:crypto";
import type { Clock } from "../../runtime/mod.ts";
import type { Verify } from "./jwt.ts";
import type { Principal } from "./principal.ts";

const CAPACITY = 1_000;
/** How long a key that was taken back may still let somebody in. */
const REMEMBERED_MS = 60_000;

interface Remembered {
  readonly principal: Principal;
  /** Monotonic ms. */
  readonly until: number;
}

/**
 * The same, but a token that held is not verified again for a minute, nor after its end: the hash costs 2 us, the signature
 * 70 (HS256) to 700 (ES256). Bounded; those asked for least recently go first. Tokens that do not hold leave nothing here.
 */
export function rememberVerified(verify: Verify, clock: Clock): (token: string) => Principal | Promise<Principal> {
  /** By hash, so that no token lies in memory; the least recently asked for first. */
  const known = new Map<string, Remembered>();

  const verifyAnew = async (token: string, hash: string) => {
    const principal = await verify(token);
    known.set(hash, { principal, until: clock.monotonic() + REMEMBERED_MS });
    if (known.size > CAPACITY) known.delete(known.keys().next().value!);
    return principal;
  };
  return (token) => {
    const hash = createHash("sha256").update(token).digest("base64");
    const found = known.get(hash);
    if (found === undefined) return verifyAnew(token, hash);
    known.delete(hash);
    if (clock.monotonic() >= found.until || clock.now() >= found.principal.expiresAt) return verifyAnew(token, hash);
    known.set(hash, found);
    return found.principal;
  };
}
