import type { Context } from "hono";
import type { Clock, Deed, System } from "../../runtime/mod.ts";
import type { AppEnv } from "../app_env.ts";
import type { AddressOf } from "../limits/client_address.ts";
import { createFailures } from "../limits/failures.ts";
import { Refusal } from "../problem.ts";
import type { Streams } from "../streams.ts";
import { createApiKeys, isApiKey } from "./api_key.ts";
import type { Authentication } from "./authentication.ts";
import type { Declared } from "./callable_by.ts";
import { inNamedTenant, namedTenant } from "./named_tenant.ts";
import { createPasses, type Passes } from "./passes.ts";
import type { Principal } from "./principal.ts";
import { createRecheck } from "./recheck.ts";
import { rememberVerified } from "./remembered.ts";
import { mustComeFromOwnPage, sessionIn } from "./session_cookie.ts";
import { slowFailures } from "./slowed.ts";
import { unauthorized } from "./unauthorized.ts";

/** How the server finds out who gives a request. */
export interface Credentials extends Pick<Passes, "openSession" | "issueTicket"> {
  /** Nobody is asked who they are, so that only requests from this machine are answered. */
  readonly isOpen: boolean;
  /**
   * By what the request shows: a bearer token or API key, else a ticket where the route takes one, else a session's cookie.
   * Answers at once where it can.
   * @throws {Refusal} 401 when nobody can be told from it, 403 when the cookie comes from another origin's page, 503 when it
   * cannot be found out now
   */
  principalOf(c: Context<AppEnv>, route: Pick<Declared, "takesTicket">): Principal | Promise<Principal>;
  /** Whether it is one whom the server knows: all but those who would be answered 401. */
  isKnown(c: Context<AppEnv>): Promise<boolean>;
  /** What the key's secrets are, or that it is over, has changed: who bears one is asked anew, and what they read ends. */
  keyChanged(tenant: string, id: string): void;
  /** Nothing is left of the tenant: who had a key or session of it is asked anew. */
  tenantGone(tenant: string): void;
  /** The session is over when it resolves, and what it reads ends. */
  closeSession(secret: string, deed: Deed): Promise<void>;
}

export interface CredentialsOptions {
  readonly authentication: Authentication;
  readonly system: System;
  readonly clock: Clock;
  readonly streams: Streams;
  /** By which failed attempts are counted. */
  readonly addressOf: AddressOf;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;
const LONGEST_TOKEN = 8_192;
const DEFAULT_TENANT = "demo";

export function createCredentials(
  { authentication, streams, addressOf, ...rest }: CredentialsOptions,
): Credentials {
  const { keptRows } = rest.system;
  const keys = createApiKeys(rest);
  const passes = createPasses({ ...rest, keys });
  const verify = authentication.isOpen ? () => Promise.reject(unauthorized()) : authentication.verify;
  const failures = createFailures(rest.clock);
  const verifyBearer = slowFailures((token) => isApiKey(token) ? keys.verify(token) : verify(token), failures);
  const bearers = rememberVerified(verifyBearer, rest.clock);
  const sessions = rememberVerified(slowFailures(passes.verifySession, failures), rest.clock);
  const takeTicket = slowFailures(passes.takeTicket, failures);
  const end = (isOver: (principal: Principal) => boolean) => {
    bearers.forget(isOver);
    sessions.forget(isOver);
    streams.end(isOver);
  };
  const recheck = createRecheck({ ...rest, streams });
  const askAnew = (tenant: string | null) => {
    const isOfRows = (principal: Principal) =>
      (principal.key ?? principal.session) !== undefined && (tenant ?? principal.tenant) === principal.tenant;
    bearers.forget(isOfRows);
    sessions.forget(isOfRows);
    recheck.look(tenant);
  };
  // Of other nodes: what their rows say of those that were let in here is asked anew.
  keptRows.watch(askAnew);
  /** Who bears the token, or has the session. */
  const known = (c: Context<AppEnv>): Principal | Promise<Principal> => {
    const header = c.req.header("authorization");
    if (header !== undefined) {
      const token = tokenIn(header);
      if (token === null) throw unauthorized();
      return bearers.ask(token, () => addressOf(c));
    }
    const session = sessionIn(c);
    if (session === null) throw unauthorized();
    mustComeFromOwnPage(c);
    return sessions.ask(session, () => addressOf(c));
  };
  const principalOf: Credentials["principalOf"] = (c, { takesTicket = false }) => {
    const isShown = !authentication.isOpen && c.req.header("authorization") !== undefined;
    const ticket = takesTicket && !isShown ? c.req.query("ticket") : undefined;
    if (ticket === undefined && authentication.isOpen) return anonymous(c);
    const principal = ticket === undefined ? known(c) : takeTicket(ticket, () => addressOf(c));
    return principal instanceof Promise
      ? principal.then((found) => inNamedTenant(c, found))
      : inNamedTenant(c, principal);
  };
  return {
    isOpen: authentication.isOpen,
    openSession: passes.openSession,
    issueTicket: passes.issueTicket,
    principalOf,
    async isKnown(c) {
      try {
        await principalOf(c, {});
        return true;
      } catch (thrown) {
        return !(thrown instanceof Refusal && thrown.status === 401);
      }
    },
    keyChanged(tenant, id) {
      end(({ key }) => key?.id === id);
      keptRows.changed(tenant);
    },
    tenantGone: askAnew,
    async closeSession(secret, deed) {
      const { hash, tenant } = await passes.closeSession(secret, deed);
      end(({ session }) => session === hash);
      if (tenant !== null) keptRows.changed(tenant);
    },
  };
}

/** Without any AUTH_*: whoever reaches the server may do everything, to the tenant that they name. */
function anonymous(c: Context<AppEnv>): Principal {
  return {
    tenant: namedTenant(c) ?? DEFAULT_TENANT,
    subject: "anonymous",
    role: "platform",
    expiresAt: Infinity,
  };
}

/** @see RFC 6750, 2.1 */
function tokenIn(header: string): string | null {
  return header.length > LONGEST_TOKEN ? null : BEARER.exec(header)?.[1] ?? null;
}
