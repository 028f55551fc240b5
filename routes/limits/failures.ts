import type { Clock } from "../../runtime/mod.ts";
import { Refusal } from "../problem.ts";
import { createRateLimit } from "./rate_limit.ts";

/** Credentials that did not hold, by who showed them and by the key that they named. */
export interface Failures {
  /**
   * Asked before a credential that is not known to hold is looked at.
   * @throws {Refusal} 429 when too many from this address, or too many that name this key, have not held of late
   */
  mustBeFew(address: string, keyId?: string): void;
  /** One did not hold. */
  note(address: string, keyId?: string): void;
}

/** What one address, and one key, has free in a minute; beyond it one in three seconds is looked at. */
const FREE = { quota: 20, windowMs: 60_000 };
const CAPACITY = 10_000;

/**
 * So that guessing is slow, and a flood of wrong credentials costs nearly nothing: they are refused unseen. Whoever is
 * refused learns nothing of what was shown. Bounded, as `createRateLimit` is.
 */
export function createFailures(clock: Clock): Failures {
  const byAddress = createRateLimit({ ...FREE, clock, capacity: CAPACITY });
  const byKey = createRateLimit({ ...FREE, clock, capacity: CAPACITY });
  return {
    mustBeFew(address, keyId) {
      const waitMs = Math.max(byAddress.look(address).waitMs, keyId === undefined ? 0 : byKey.look(keyId).waitMs);
      if (waitMs > 0) throw slowed(waitMs);
    },
    note(address, keyId) {
      byAddress.take(address);
      if (keyId !== undefined) byKey.take(keyId);
    },
  };
}

function slowed(waitMs: number): Refusal {
  return new Refusal(429, "Too many credentials that do not hold: none is looked at for a moment", {
    headers: { "Retry-After": String(Math.ceil(waitMs / 1_000)) },
  });
}
