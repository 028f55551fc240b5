import type { Clock } from "../../runtime/mod.ts";
import type { Principal } from "./principal.ts";
import { hashOf } from "./secrets.ts";

const CAPACITY = 1_000;
/** How long a signing key of elsewhere that was taken back may still let somebody in. */
const REMEMBERED_MS = 60_000;

/** From which address a credential comes, found out when somebody wants to know. */
export type From = () => string;

/** As `Verify`; `from` is left out for what has held before. */
export type VerifyFrom = (shown: string, from?: From) => Promise<Principal>;

interface Remembered {
  readonly principal: Principal;
  /** Monotonic ms. */
  readonly until: number;
}

export interface Remembering {
  /** At once where it is remembered. */
  ask(shown: string, from: From): Principal | Promise<Principal>;
  /** From now on those are verified anew, also they whose verifying is under way. */
  forget(isOver: (principal: Principal) => boolean): void;
}

/**
 * The same, but what held is not verified again for a minute, nor after its end: the hash costs 2 us, a signature
 * 70 (HS256) to 700 (ES256). Bounded; those asked for least recently go first. What does not hold leaves nothing here.
 */
export function rememberVerified(verify: VerifyFrom, clock: Clock): Remembering {
  /** By hash, so that no secret lies in memory; the least recently asked for first. */
  const known = new Map<string, Remembered>();
  let forgotten = 0;

  const verifyAnew = async (shown: string, hash: string, from?: From) => {
    const before = forgotten;
    const principal = await verify(shown, from);
    if (forgotten !== before) return principal;
    known.set(hash, { principal, until: clock.monotonic() + REMEMBERED_MS });
    if (known.size > CAPACITY) known.delete(known.keys().next().value!);
    return principal;
  };
  return {
    ask(shown, from) {
      const hash = hashOf(shown);
      const found = known.get(hash);
      if (found === undefined) return verifyAnew(shown, hash, from);
      known.delete(hash);
      if (clock.monotonic() >= found.until || clock.now() >= found.principal.expiresAt) return verifyAnew(shown, hash);
      known.set(hash, found);
      return found.principal;
    },
    forget(isOver) {
      forgotten++;
      for (const [hash, { principal }] of known) if (isOver(principal)) known.delete(hash);
    },
  };
}
