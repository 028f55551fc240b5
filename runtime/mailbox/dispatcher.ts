import { formatAddress } from "../actor/address.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { Message } from "../actor/message.ts";
import type { LaneName, StoreReads } from "../store/contract.ts";
import { Lane, type Run, windowFor } from "./lane.ts";
import type { Room } from "./room.ts";
import { createRotation } from "./rotation.ts";

/*
 * The dispatcher: which ready message goes to the host next.
 *
 * Model. The store knows the head of every mailbox; the ready ones of a (tenant, kind) pass through a bounded window, a
 * lane. What a commit makes ready is offered with its text, so that a message on the fast path is never read back; what
 * does not fit is found again by a refill. Tenants take turns by weight, the lanes of a tenant take turns, and inside a
 * lane (priority, readyAt, seq) decides.
 *
 * Invariants.
 * - An actor is at most once at a host: from `deliver` until `release` it is busy, and the newest offer of it waits.
 * - Limits count what runs, until it has landed; what waits for its commit is bounded by `MOST_BUSY` alone, so that the
 *   disk's latency costs no throughput.
 * - A message is delivered only while it is, as far as commits told so far go, unhandled in the store.
 * - Memory holds at most the lanes' windows, whatever waits in the store.
 *
 * Failure. A refill that fails is tried again with the next pump; nothing is lost, since the store holds everything.
 */
export interface Dispatcher {
  /** Finds what waited in the store from an earlier life. */
  start(): Promise<void>;
  /** The head of a mailbox and what may follow it are ready. */
  offer(run: Run): void;
  /** The host has ended all turns of the actor; what they did is not yet committed. */
  land(address: string): void;
  /** A commit makes the head of a busy actor wait: what was offered of it before that is not ready after all. */
  postponed(address: string): void;
  /**
   * What the actor's turns did is committed. `handled` have left the store, `postponed` waits for its next attempt (unless
   * it was offered since), `again` come back unhandled.
   */
  release(address: string, end: { handled: Run; postponed: Message | null; again: Run }): void;
  /** Keeps the actor away from the host until the answer is called; `removed` are messages that have left the store. */
  hold(address: string): (removed: readonly string[]) => void;
  isBusy(address: string): boolean;
  /** Delivers what there is room for. */
  pump(): void;
  /** Nothing is delivered while `stopped`. */
  setState(state: "running" | "stopped"): void;
}

export interface DispatcherOptions {
  readonly read: StoreReads;
  readonly room: Room;
  readonly kindOf: (kind: string) => AnyKind | undefined;
  readonly weightOf: (tenant: string) => number;
  /** At most as many actors of one tenant at the host at once; the room's share when that is less. */
  readonly tenantLimit: number;
  readonly deliver: (run: Run) => void;
  readonly onReadFailed: (error: unknown) => void;
}

/** Actors at the host or on their way to the disk. */
const MOST_BUSY = 4_096;

interface BusyActor {
  readonly lane: Lane;
  next: Run;
  landed: boolean;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { read, room } = options;
  const lanes = new Map<string, Map<string, Lane>>();
  const window = windowFor(1);
  const busy = new Map<string, BusyActor>();
  const held = new Map<string, Run | null>();
  const activeOfTenant = new Map<string, number>();
  const activeOfKind = new Map<string, number>();
  const blockedByKind = new Map<string, Set<string>>();
  const rotation = createRotation(options.weightOf);
  let state: "running" | "stopped" = "running";

  /** Of lanes that are made now: until the store was asked which have ready heads, any may have more than is known. */
  let fresh: "complete" | "partial" = "partial";

  const laneOf = ({ tenant, kind }: LaneName): Lane => {
    let ofTenant = lanes.get(tenant);
    if (ofTenant === undefined) {
      lanes.set(tenant, ofTenant = new Map());
      Object.assign(window, windowFor(lanes.size));
    }
    let lane = ofTenant.get(kind);
    if (lane === undefined) ofTenant.set(kind, lane = new Lane({ tenant, kind }, fresh, window));
    return lane;
  };

  const mayStart = ({ name, active }: Lane): boolean => {
    const kind = options.kindOf(name.kind);
    if (kind === undefined) return false;
    const { total = Infinity, perTenant = Infinity } = kind.concurrency;
    if ((activeOfKind.get(name.kind) ?? 0) >= total) {
      let blocked = blockedByKind.get(name.kind);
      if (blocked === undefined) blockedByKind.set(name.kind, blocked = new Set());
      blocked.add(name.tenant);
      return false;
    }
    return active < perTenant && (activeOfTenant.get(name.tenant) ?? 0) < Math.min(options.tenantLimit, room.share);
  };

  const refill = (lane: Lane): void => {
    const asked = lane.wanted;
    if (asked === 0) return;
    lane.beginRefill();
    read.readyHeads(lane.name, asked).then((heads) => {
      const isBusy = (address: string) => busy.has(address) || held.has(address);
      lane.endRefill(heads, { asked, isBusy });
      if (lane.length > 0) rotation.join(lane.name.tenant);
      pump();
    }, (error) => {
      lane.failRefill();
      rotation.join(lane.name.tenant);
      options.onReadFailed(error);
    });
  };

  const start = (lane: Lane, run: Run): number => {
    // An outer kind's turn starts only when the actor's earlier turns are durable; an inner one runs ahead of the disk.
    const turns = run.slice(0, options.kindOf(lane.name.kind)?.outer ? 1 : Math.max(1, room.free));
    const { tenant, kind } = lane.name;
    busy.set(formatAddress(run[0]!), { lane, next: [], landed: false });
    lane.busy++;
    lane.active++;
    add(activeOfTenant, tenant, 1);
    add(activeOfKind, kind, 1);
    room.taken(turns.length);
    options.deliver(turns);
    return turns.length;
  };

  const serve = (tenant: string, credit: number): number => {
    const ofTenant = lanes.get(tenant);
    if (ofTenant === undefined) return 0;
    let served = 0;
    let progress = true;
    while (progress) {
      progress = false;
      for (const lane of ofTenant.values()) {
        if (served >= credit || room.free <= 0) return served;
        if (!mayStart(lane)) continue;
        const run = lane.take();
        refill(lane);
        if (run === undefined) continue;
        served += start(lane, run);
        progress = true;
      }
    }
    for (const [kind, lane] of ofTenant) if (lane.idle) ofTenant.delete(kind);
    if (ofTenant.size === 0) {
      lanes.delete(tenant);
      rotation.leave(tenant);
      Object.assign(window, windowFor(lanes.size));
    }
    return served;
  };

  const land = (actor: BusyActor): void => {
    if (actor.landed) return;
    actor.landed = true;
    const { tenant, kind } = actor.lane.name;
    actor.lane.active--;
    add(activeOfTenant, tenant, -1);
    add(activeOfKind, kind, -1);
    rotation.join(tenant);
    for (const blocked of blockedByKind.get(kind) ?? []) rotation.join(blocked);
    blockedByKind.delete(kind);
  };

  function pump(): void {
    if (state === "stopped") return;
    rotation.turn(serve, () => room.free > 0 && busy.size < MOST_BUSY);
  }

  return {
    async start() {
      for (const name of await read.readyLanes()) refill(laneOf(name));
      fresh = "complete";
    },
    offer(run) {
      const head = run[0];
      if (head === undefined) return;
      const address = formatAddress(head);
      if (held.has(address)) return void held.set(address, run);
      const atHost = busy.get(address);
      if (atHost !== undefined) return void (atHost.next = run);
      laneOf(head).offer(run);
      rotation.join(head.tenant);
    },
    land(address) {
      const actor = busy.get(address);
      if (actor !== undefined) land(actor);
    },
    postponed(address) {
      const atHost = busy.get(address);
      if (atHost !== undefined) atHost.next = [];
    },
    release(address, { handled, postponed, again }) {
      const atHost = busy.get(address);
      if (atHost === undefined) return;
      const { lane, next } = atHost;
      busy.delete(address);
      lane.busy--;
      land(atHost);
      for (const message of handled) lane.gone(message.id);
      if (postponed !== null) lane.gone(postponed.id);
      const gone = new Set(handled.map(({ id }) => id));
      const offered = next.filter(({ id }) => !gone.has(id));
      if (again.length > 0 && postponed === null) lane.offer(again);
      if (offered.length > 0) lane.offer(offered);
      rotation.join(lane.name.tenant);
    },
    hold(address) {
      const [tenant, kind] = address.split("/") as [string, string];
      held.set(address, lanes.get(tenant)?.get(kind)?.drop(address) ?? null);
      return (removed) => {
        const run = held.get(address)?.filter((message) => !removed.includes(message.id)) ?? [];
        held.delete(address);
        const lane = laneOf({ tenant, kind });
        for (const messageId of removed) lane.gone(messageId);
        if (run.length > 0) lane.offer(run);
        else if (removed.length === 0) lane.expectMore();
        rotation.join(tenant);
      };
    },
    isBusy: (address) => busy.has(address),
    pump,
    setState(next) {
      state = next;
    },
  };
}

function add(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
