import type { Deed, RowWrite } from "../actor/journal.ts";
import type { TenantSettings } from "./settings.ts";

/**
 *   active ──suspend──► suspended ──resume──► active
 *     └───────────────────┴──remove──► deleting ──every row of it is gone──► nobody knows it
 *
 * Those that nobody has registered are active, and have the installation's settings.
 */
export type TenantStatus = "active" | "suspended" | "deleting";

/** A registered tenant. Instants in ms since the epoch. */
export interface Tenant {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly status: TenantStatus;
  readonly settings: TenantSettings;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  /** When somebody decided that it is to go; null unless it is `deleting`. */
  readonly deletingAt: number | null;
  /** Of one that is being deleted: what is written for `system` when nothing else is left. */
  readonly lastRows: readonly RowWrite[];
}

/** What is left out is null, or stays. */
export type SomeSettings = { readonly [K in keyof TenantSettings]?: TenantSettings[K] | undefined };

export interface TenantDeclaration extends Pick<Tenant, "id" | "name"> {
  readonly settings?: SomeSettings | undefined;
}

export interface TenantChanges {
  readonly name?: string | undefined;
  readonly settings?: SomeSettings | undefined;
}

/** Who decides, and in whose name it is written down. */
export interface TenantDeed extends Deed {
  /** Whose audit log has the deed's rows, and whose log the event. */
  readonly tenant: string;
}

/** What a tenant has now, each beside what it may have; null: there is no limit of its own, or of all. */
export interface TenantUsage {
  readonly pending: { readonly used: number; readonly limit: number };
  /** At the node that is asked. */
  readonly running: { readonly used: number; readonly limit: number | null };
  /** In its log; retention removes what is more within seconds. */
  readonly events: { readonly used: number; readonly limit: number };
}

/** What is known of tenants in memory: at once of what this node commits, within seconds of the others'. */
export interface TenantSights {
  /** Null: it is not registered. */
  find(id: string): Tenant | null;
  statusOf(id: string): TenantStatus;
  settingsOf(id: string): TenantSettings;
  /** Ids of those with another status than `active`, as it is now. */
  readonly held: ReadonlySet<string>;
  /** Told of each whose status or settings are others now. The answer ends the telling. */
  watch(watcher: (id: string) => void): () => void;
}

/** What a node keeps of tenants in files, beside the store. */
export interface TenantFiles {
  /** Removes what was kept long enough, from now on. */
  start(): void;
  stop(): void;
  /** All of the tenant, or what was written before an instant. Done again it finds nothing. */
  remove(tenant: string, which?: { readonly before: number }): Promise<void>;
}

/** The registered tenants. Everything throws {RuntimeError} `storage-unavailable`, `overloaded`, `stopping` where that applies. */
export interface Tenants extends TenantSights {
  /** @throws {RuntimeError} `conflict` when it is registered already */
  create(declared: TenantDeclaration, deed: TenantDeed): Promise<Tenant>;
  get(id: string): Promise<Tenant | null>;
  /** In the order of their ids. */
  page(page: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly Tenant[]>;
  /** Of whomever, registered or not. */
  usage(id: string): Promise<TenantUsage>;
  /** What is left out stays. @throws {RuntimeError} `not-found`, `conflict` when it is being deleted */
  change(id: string, changes: TenantChanges, deed: TenantDeed): Promise<Tenant>;
  /**
   * No turn of it is started, no tick sent, until `resume`; what runs ends. A second call changes nothing.
   * @throws {RuntimeError} `not-found`, `conflict` when it is being deleted
   */
  suspend(id: string, deed: TenantDeed): Promise<Tenant>;
  resume(id: string, deed: TenantDeed): Promise<Tenant>;
  /**
   * Nothing of it is started or taken from then on; what runs may end within seconds, then every row of it is removed, in
   * steps, whatever happens to the nodes. When nothing is left, nobody knows it. A second call changes nothing.
   * @throws {RuntimeError} `not-found`
   */
  remove(id: string, deed: TenantDeed & Pick<Tenant, "lastRows">): Promise<Tenant>;
}
