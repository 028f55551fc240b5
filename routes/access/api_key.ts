import { type ApiKeyRow, apiKeys, type Clock, type System } from "../../runtime/mod.ts";
import type { Verify } from "./authentication.ts";
import type { Principal, Role } from "./principal.ts";
import { hashOf, newSecret, sameHash } from "./secrets.ts";
import { unauthorized } from "./unauthorized.ts";

/** A ULID in small letters. */
export const KEY_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;
const KEY_SUBJECT = "key:";
/** Of fixed lengths, because the secret may have an underscore in it too. */
const API_KEY = /^mr_([0-9a-hjkmnp-tv-z]{26})_([A-Za-z0-9_-]{43})$/;
const USED_EVERY_MS = 60_000;
/** What the secret is compared with when there is no such key. */
const NO_HASH = hashOf(newSecret());
/** The tenant of reads that belong to none. */
export const NO_TENANT = "system";

export function isApiKey(token: string): boolean {
  return token.startsWith("mr_");
}

/** The id of the key that this names, if it is spelt like one. */
export function apiKeyIdIn(shown: string): string | undefined {
  return API_KEY.exec(shown)?.[1];
}

export function formatApiKey({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `mr_${id}_${secret}`;
}

/** Until when the secret of this hash holds, in ms since the epoch; 0 when it does not, and when there is no such key. */
export function holdsUntil(key: ApiKeyRow | null, hash: string): number {
  // Both are compared whatever the first says, and what is not there too.
  const isCurrent = sameHash(key?.hash ?? NO_HASH, hash);
  const isPrevious = sameHash(key?.previousHash ?? NO_HASH, hash);
  if (key === null || key.revokedAt !== null || !(isCurrent || isPrevious)) return 0;
  return Math.min(key.expiresAt ?? Infinity, isCurrent ? Infinity : key.previousUntil ?? 0);
}

/** Keys as principals. */
export interface ApiKeys {
  /**
   * Who shows an API key. An unknown id and a wrong secret take the same: a look by the id, a hash, two comparisons.
   * @throws {Refusal} 401, the same for whatever does not hold
   */
  readonly verify: Verify;
  /** The key of this id while the secret of this hash holds. @throws {Refusal} 401 */
  holding(id: string, hash: string): Promise<{ readonly key: ApiKeyRow; readonly until: number }>;
}

export function createApiKeys({ system, clock }: { system: System; clock: Clock }): ApiKeys {
  /** Ids of keys whose use is being written. */
  const writing = new Set<string>();
  /** Written behind the request's back, at most once a minute; what the storage refuses then is not worth an answer. */
  const used = ({ tenant, id, lastUsedAt }: ApiKeyRow, at: number) => {
    const before = at - USED_EVERY_MS;
    if (writing.has(id) || (lastUsedAt !== null && lastUsedAt > before)) return;
    writing.add(id);
    const { name: tables, writes } = apiKeys;
    const row = { tables, write: writes.used.name, args: { id, at, before } };
    system.write(tenant, { rows: [row] })
      .catch(() => {}).finally(() => writing.delete(id));
  };
  const holding: ApiKeys["holding"] = async (id, hash) => {
    const key = await system.point(NO_TENANT, apiKeys.queries.shown, { id });
    const [until, now] = [holdsUntil(key, hash), clock.now()];
    if (key === null || now >= until) throw unauthorized();
    used(key, now);
    return { key, until };
  };
  return {
    holding,
    async verify(token) {
      const [, id, secret] = API_KEY.exec(token) ?? [];
      if (id === undefined || secret === undefined) throw unauthorized();
      const hash = hashOf(secret);
      const { key, until } = await holding(id, hash);
      return principalOf(key, { hash, until });
    },
  };
}

function principalOf(
  { tenant, id, role, scopes }: ApiKeyRow,
  { hash, until }: { hash: string; until: number },
): Principal {
  return {
    tenant,
    subject: subjectOf(id),
    role: role as Role,
    expiresAt: until,
    key: { id, hash, scopes: JSON.parse(scopes) },
  };
}

/** What commands of a key bear as their giver. */
export function subjectOf(id: string): string {
  return KEY_SUBJECT + id;
}

/** Whether it reads like that. */
export function isSubjectOfKey(text: string): boolean {
  return text.startsWith(KEY_SUBJECT) && KEY_ID.test(text.slice(KEY_SUBJECT.length));
}
