import {
  type Clock,
  type Deed,
  passes,
  type PassRow,
  type RowWrite,
  RuntimeError,
  type System,
} from "../../runtime/mod.ts";
import { type ApiKeys, NO_TENANT } from "./api_key.ts";
import type { Verify } from "./authentication.ts";
import type { Principal, Role } from "./principal.ts";
import { hashOf, newSecret, SECRET } from "./secrets.ts";
import { unauthorized } from "./unauthorized.ts";

/*
 * What is shown in place of a token or key, once somebody has signed in with that. Rows of the store, so that they hold
 * over restarts and end for good:
 *
 *   session   at most 12 h, and no longer than the token       issued ──signed out, or over──► gone
 *   ticket    30 s, for one event stream                       issued ──used, or over──► gone
 *
 * - A pass of a key is looked at together with the key: it holds while the secret does that was signed in with.
 * - A ticket of a session holds while the session does, and the stream that it opens ends when the session would.
 */

const LONGEST_SESSION_MS = 12 * 60 * 60 * 1_000;
const TICKET_MS = 30_000;

export interface IssuedPass {
  /** What is to be shown; kept nowhere. */
  readonly secret: string;
  /** Ms since the epoch. */
  readonly expiresAt: number;
}

export interface Passes {
  openSession(principal: Principal, deed: Deed): Promise<IssuedPass>;
  /** For a `viewer` of the principal's tenant, whatever else the principal may do. */
  issueTicket(principal: Principal, deed: Deed): Promise<IssuedPass>;
  /** @throws {Refusal} 401 */
  readonly verifySession: Verify;
  /** Takes the ticket away, and answers whom it was given to. @throws {Refusal} 401, to all but one of those who use it */
  readonly takeTicket: Verify;
  /** Answers the hash by which the session's principals know it, and whose it was; null when there is none. */
  closeSession(secret: string, deed: Deed): Promise<{ readonly hash: string; readonly tenant: string | null }>;
}

export function createPasses(
  { system, clock, keys }: { system: System; clock: Clock; keys: Pick<ApiKeys, "holding"> },
): Passes {
  const change = (tenant: string, row: Omit<RowWrite, "tables">, deed?: Deed) =>
    system.write(tenant, { rows: [{ tables: passes.name, ...row }] }, deed);
  const issue = async (
    { tenant, subject, key, session }: Principal,
    given: Pick<PassRow, "purpose" | "role" | "endsAt" | "expiresAt">,
    deed: Deed,
  ) => {
    const secret = newSecret();
    const behind = { subject, keyId: key?.id ?? null, keyHash: key?.hash ?? null, parent: session ?? null };
    await change(tenant, { write: "issued", args: { hash: hashOf(secret), ...behind, ...given } }, deed);
    return { secret, expiresAt: given.expiresAt };
  };
  const find = (hash: string) => system.point(NO_TENANT, passes.queries.shown, { hash });
  /** @throws {Refusal} 401 */
  const held = async (hash: string, purpose: PassRow["purpose"]): Promise<PassRow> => {
    const pass = await find(hash);
    if (pass === null || pass.purpose !== purpose || clock.now() >= pass.expiresAt) throw unauthorized();
    return pass;
  };
  /** @throws {Refusal} 401 when the key or session that it came from does not hold */
  const principalBehind = async (pass: PassRow, session: string | null): Promise<Principal> => {
    const { tenant, subject, role, keyId, keyHash, endsAt } = pass;
    if (session !== null && session !== pass.hash) await held(session, "session");
    const principal = {
      tenant,
      subject,
      role: role as Role,
      expiresAt: endsAt ?? Infinity,
      ...(session === null ? {} : { session }),
    };
    if (keyId === null || keyHash === null) return principal;
    const { key, until } = await keys.holding(keyId, keyHash);
    const shown = { id: keyId, hash: keyHash, scopes: JSON.parse(key.scopes) };
    return { ...principal, expiresAt: Math.min(principal.expiresAt, until), key: shown };
  };
  return {
    openSession(principal, deed) {
      const expiresAt = Math.min(principal.expiresAt, clock.now() + LONGEST_SESSION_MS);
      return issue(principal, { purpose: "session", role: principal.role, endsAt: expiresAt, expiresAt }, deed);
    },
    issueTicket(principal, deed) {
      const endsAt = principal.expiresAt === Infinity ? null : principal.expiresAt;
      const expiresAt = Math.min(principal.expiresAt, clock.now() + TICKET_MS);
      return issue(principal, { purpose: "ticket", role: "viewer", endsAt, expiresAt }, deed);
    },
    async verifySession(secret) {
      const hash = hashOf(mustBeSecret(secret));
      return await principalBehind(await held(hash, "session"), hash);
    },
    async takeTicket(secret) {
      const hash = hashOf(mustBeSecret(secret));
      const pass = await held(hash, "ticket");
      const principal = await principalBehind(pass, pass.parent);
      await change(pass.tenant, { write: "ended", args: { hash } }).catch(sayUsed);
      return principal;
    },
    async closeSession(secret, deed) {
      const hash = hashOf(secret);
      const pass = await find(hash);
      if (pass?.purpose === "session") {
        await change(pass.tenant, { write: "ended", args: { hash } }, deed).catch(passOver);
      }
      return { hash, tenant: pass?.tenant ?? null };
    },
  };
}

function mustBeSecret(text: string): string {
  if (!SECRET.test(text)) throw unauthorized();
  return text;
}

function sayUsed(thrown: unknown): never {
  throw isGone(thrown) ? unauthorized() : thrown;
}

/** Signed out in another tab meanwhile. */
function passOver(thrown: unknown): void {
  if (!isGone(thrown)) throw thrown;
}

function isGone(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.code === "conflict";
}
