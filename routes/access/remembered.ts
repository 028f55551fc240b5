import { createHash } from "node:crypto";
import type { Clock } from "../../runtime/mod.ts";
import type { Principal } from "./principal.ts";

const CAPACITY = 1_000;
/** How long a key that was taken back may still let somebody in. */
const REMEMBERED_MS = 60_000;

/** From which address a token comes, found out when somebody wants to know. */
export type From = () => string;

/** As `Verify`; `from` is left out for a token that has held before. */
export type VerifyFrom = (token: string, from?: From) => Promise<Principal>;

interface Remembered {
  readonly principal: Principal;
  /** Monotonic ms. */
  readonly until: number;
}

/**
 * The same, but a token that held is not verified again for a minute, nor after its end: the hash costs 2 us, the signature
 * 70 (HS256) to 700 (ES256). Bounded; those asked for least recently go first. Tokens that do not hold leave nothing here.
 */
export function rememberVerified(
  verify: VerifyFrom,
  clock: Clock,
): (token: string, from?: From) => Principal | Promise<Principal> {
  /** By hash, so that no token lies in memory; the least recently asked for first. */
  const known = new Map<string, Remembered>();

  const verifyAnew = async (token: string, hash: string, from?: From) => {
    const principal = await verify(token, from);
    known.set(hash, { principal, until: clock.monotonic() + REMEMBERED_MS });
    if (known.size > CAPACITY) known.delete(known.keys().next().value!);
    return principal;
  };
  return (token, from) => {
    const hash = createHash("sha256").update(token).digest("base64");
    const found = known.get(hash);
    if (found === undefined) return verifyAnew(token, hash, from);
    known.delete(hash);
    if (clock.monotonic() >= found.until || clock.now() >= found.principal.expiresAt) return verifyAnew(token, hash);
    known.set(hash, found);
    return found.principal;
  };
}
