import type { Registry } from "../actor/registry.ts";
import type { Environment } from "../actor/setting.ts";
import type { Clock } from "../core/clock.ts";
import type { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Host, HostEvents } from "../host/contract.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { NodeRole, Store } from "../store/contract.ts";
import type { TenantFiles } from "../tenant/contract.ts";
import type { Egress } from "../upstream/egress.ts";

/** What a node is made of, and its bounds. */
export interface SystemOptions {
  readonly registry: Registry;
  /** Opened; the system closes it. */
  readonly store: Store;
  readonly createHost: (events: HostEvents) => Host;
  /** How turns reach outside; the system stops it. Without it they do not. */
  readonly egress?: Egress;
  /** What may say otherwise what kinds declare of schedules and rates; by default nothing. */
  readonly env?: Environment;
  /** Those of this node; the system starts and stops their keeping. */
  readonly files?: TenantFiles | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly diagnostics: Diagnostics;
  /** Unhandled messages of one tenant beyond which it is answered `mailbox-full`. */
  readonly tenantPendingLimit: number;
  /** Newest events of a tenant that retention leaves. */
  readonly eventsKept: number;
  /** For how long other rows are kept, in ms by period: `dead-letters`, and those of tables' sweeps; by default for ever. */
  readonly keptMs?: Readonly<Record<string, number>>;
  /** Actors of one tenant at the host at once. */
  readonly tenantLimit?: number;
  /** A tenant's share of the turns relative to others; 1 by default. */
  readonly weightOf?: (tenant: string) => number;
  /** `all` by default; where others share the store a node may do a part only. */
  readonly role?: NodeRole;
  /** Of a store that others share, as it was opened with; 10,000 by default. */
  readonly leaseMs?: number;
  /** The storage will not heal, or this node no longer owns it: end the process. */
  readonly onFatal: (error: RuntimeError) => void;
}
