import { apiKeys, type Clock, passes, type System } from "../../runtime/mod.ts";
import type { Streams } from "../streams.ts";
import { holdsUntil, NO_TENANT } from "./api_key.ts";
import type { Principal } from "./principal.ts";

/** Looks whether what streams were opened with still holds, as other nodes may have ended it; ends those of which it does not. */
export interface Recheck {
  /** Those of the tenant; null: of any. */
  look(tenant: string | null): void;
}

/** Credentials that are looked at together. */
const AT_ONCE = 16;

/**
 * One look at a time; what is asked for meanwhile is looked at afterwards, in one. What cannot be looked at, as the store is
 * away, stays as it is until the next look.
 */
export function createRecheck(
  { system, clock, streams }: { system: System; clock: Clock; streams: Pick<Streams, "principals" | "end"> },
): Recheck {
  let isLooking = false;
  const asked = new Set<string | null>();
  const look = async () => {
    while (asked.size > 0) {
      const wanted = new Set(asked);
      asked.clear();
      const open = new Map<string, Principal>();
      for (const principal of streams.principals()) {
        if (isAmong(wanted, principal)) open.set(credentialOf(principal), principal);
      }
      open.delete(NONE);
      const all = [...open];
      for (let from = 0; from < all.length; from += AT_ONCE) {
        await Promise.all(all.slice(from, from + AT_ONCE).map(endUnlessHeld));
      }
    }
  };
  const endUnlessHeld = async ([credential, principal]: [string, Principal]) => {
    if (!await isHeld(principal).catch(() => true)) streams.end((other) => credentialOf(other) === credential);
  };
  const isHeld = async ({ key, session, expiresAt }: Principal): Promise<boolean> => {
    if (session !== undefined) {
      const pass = await system.point(NO_TENANT, passes.queries.shown, { hash: session });
      if (pass === null || pass.purpose !== "session") return false;
    }
    if (key === undefined) return true;
    const row = await system.point(NO_TENANT, apiKeys.queries.shown, { id: key.id });
    // One that was given a new secret is to be shown again: its end is another.
    return Math.min(holdsUntil(row, key.hash), expiresAt) === expiresAt && clock.now() < expiresAt;
  };
  return {
    look(tenant) {
      asked.add(tenant);
      if (isLooking) return;
      isLooking = true;
      void look().finally(() => isLooking = false);
    },
  };
}

/** Whose key or session it is does not show where somebody may reach all tenants. */
function isAmong(tenants: ReadonlySet<string | null>, { tenant, role }: Principal): boolean {
  return tenants.has(null) || tenants.has(tenant) || role === "platform";
}

/** A token of elsewhere: no row says that it holds. */
const NONE = "";

function credentialOf({ key, session, expiresAt }: Principal): string {
  return key === undefined && session === undefined
    ? NONE
    : `${session ?? ""} ${key?.id ?? ""} ${key?.hash ?? ""} ${expiresAt}`;
}
