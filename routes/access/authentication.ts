import type { Context } from "hono";
import type { AppEnv } from "../env.ts";
import { namedTenant } from "./named_tenant.ts";
import type { Principal } from "./principal.ts";

/** How the server finds out who gives a request. */
export interface Authentication {
  /** Nobody is asked who they are, so that only requests from this machine are answered. */
  readonly isOpen: boolean;
  /** Answers at once where it can. @throws {Refusal} 401 when nobody can be told from it, 503 when that cannot be found out now */
  principalOf(c: Context<AppEnv>): Principal | Promise<Principal>;
}

const DEFAULT_TENANT = "demo";

/** Without any AUTH_*: whoever reaches the server may do everything, to the tenant that they name. */
export const openAuthentication: Authentication = {
  isOpen: true,
  principalOf: (c) => ({
    tenant: namedTenant(c) ?? DEFAULT_TENANT,
    subject: "anonymous",
    role: "platform",
    expiresAt: Infinity,
  }),
};
