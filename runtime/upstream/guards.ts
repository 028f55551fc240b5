import { createHash } from "node:crypto";
import type { Upstream } from "../actor/upstream.ts";
import type { UpstreamKey } from "./contract.ts";
import type { Guard } from "./guard.ts";

/** Keys of user-given base URLs that are remembered: those that were used last. */
export const MOST_KEYS = 2_000;

/** The guards of all keys; one that is forgotten is made anew from what is in the store. */
export interface Guards {
  of(key: UpstreamKey): Guard;
  /** Null when it was not used lately. */
  known(key: UpstreamKey): Guard | null;
}

export function createGuards(
  upstreams: readonly Upstream[],
  create: (upstream: Upstream, key: UpstreamKey, storeKey: string) => Guard,
): Guards {
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream]));
  const declared = new Map<string, Guard>();
  /** The one that was used last comes last. */
  const given = new Map<string, Guard>();

  const forgetOldest = () => {
    if (given.size <= MOST_KEYS) return;
    for (const [name, guard] of given) {
      if (guard.isIdle) return void given.delete(name);
    }
  };
  return {
    of(key) {
      const guards = key.baseUrl === null ? declared : given;
      const name = nameOf(key);
      const guard = guards.get(name) ?? create(byName.get(key.upstream)!, key, storeKeyOf(key));
      if (guards === given) given.delete(name);
      guards.set(name, guard);
      forgetOldest();
      return guard;
    },
    known: (key) => (key.baseUrl === null ? declared : given).get(nameOf(key)) ?? null,
  };
}

function nameOf({ upstream, tenant, baseUrl }: UpstreamKey): string {
  return baseUrl === null ? upstream : `${upstream}\n${tenant}\n${baseUrl}`;
}

/** Addresses that users give may be long, and hold secrets. */
function storeKeyOf(key: UpstreamKey): string {
  if (key.baseUrl === null) return key.upstream;
  return `${key.upstream}:${createHash("sha256").update(nameOf(key)).digest("hex")}`;
}
