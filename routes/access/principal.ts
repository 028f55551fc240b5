/** From the least to the most: each may do what those before it may. */
export const ROLES = ["viewer", "operator", "admin", "platform"] as const;

/**
 * What a principal may do: `viewer` reads, `operator` submits, cancels and retries, `admin` of the tenant also decides
 * on its keys and settings, `platform` runs the installation and reaches all tenants.
 */
export type Role = typeof ROLES[number];

/** Who may call a route: whoever has at least this role, or anyone without saying who they are. */
export type Access = Role | "anyone";

/** Who gives a request, and whose data it sees. */
export interface Principal {
  readonly tenant: string;
  /** What the rows and events of a command name as the one who gave it. */
  readonly subject: string;
  readonly role: Role;
  /** When what it has shown ends, in ms since the epoch; Infinity where it needs to show nothing. */
  readonly expiresAt: number;
  /** The API key that it has shown, or signed in with. */
  readonly key?: ShownKey;
  /** Hash of the session that it has shown, or that its ticket came from. */
  readonly session?: string;
}

export interface ShownKey {
  readonly id: string;
  /** Of the secret. */
  readonly hash: string;
  /** What it may be used for; empty for everything. */
  readonly scopes: readonly string[];
}

export function hasRole({ role }: Pick<Principal, "role">, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Whether the key behind it, if there is one, may be used for all of this; nothing stands for everything. */
export function coversScopes({ key }: Pick<Principal, "key">, scopes: readonly string[]): boolean {
  if (key === undefined || key.scopes.length === 0) return true;
  return scopes.length > 0 && scopes.every((scope) => key.scopes.includes(scope));
}
