import type { Registry } from "../actor/registry.ts";
import type { Clock } from "../core/clock.ts";
import type { CreateId } from "../core/ids.ts";
import type { Diagnostics } from "../observe/diagnostics.ts";
import type { StoreEntry, StoreReads } from "../store/contract.ts";
import type { Subscriptions } from "../subscription/contract.ts";
import { declaredTypes } from "../subscription/declared.ts";
import { createFollowing, type Following } from "../subscription/following.ts";
import type { SubscriptionPorts } from "../subscription/ports.ts";
import { createSubscriptions } from "../subscription/subscriptions.ts";
import type { Commands } from "./commands.ts";
import type { Commits } from "./commits.ts";
import type { KeptRows } from "./contract.ts";
import { createServicePorts } from "./service_ports.ts";
import type { Telling } from "./telling.ts";

/** The subscriptions of a node: what people ask of them, and what sends for them. */
export interface Subscribing extends Omit<Following, "changed"> {
  readonly subscriptions: Subscriptions;
}

export interface SubscribingParts {
  readonly registry: Registry;
  readonly read: StoreReads;
  readonly commits: Commits;
  readonly commands: Commands;
  readonly telling: Telling;
  /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
  readonly command: (entry: StoreEntry) => Promise<void>;
  readonly keptRows: KeptRows;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly diagnostics: Diagnostics;
  readonly leads: () => boolean;
  readonly eventsKept: number;
}

export function createSubscribing(parts: SubscribingParts): Subscribing {
  const { registry, read, command, keptRows, clock, diagnostics, leads, eventsKept } = parts;
  const ports: SubscriptionPorts = { ...createServicePorts(parts), log: read };
  const following = createFollowing({
    ports,
    declared: declaredTypes(registry.kinds.values()),
    clock,
    diagnostics,
    leads,
    eventsKept,
  });
  let unwatch = () => {};
  return {
    ...following,
    subscriptions: createSubscriptions({
      ports: { ...ports, commit: command },
      changed(tenant) {
        following.changed(tenant);
        keptRows.changed(tenant);
      },
    }),
    start() {
      unwatch = keptRows.watch((tenant) => {
        if (tenant !== null) following.changed(tenant);
      });
      following.start();
    },
    stop() {
      unwatch();
      following.stop();
    },
  };
}
