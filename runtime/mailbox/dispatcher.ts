import { formatAddress } from "../actor/address.ts";
import type { LaneName } from "../store/contract.ts";
import type { Dispatcher, DispatcherOptions, DispatchState } from "./contract.ts";
import type { BusyActor } from "./busy_actor.ts";
import { createRefills } from "./claims.ts";
import { createHolds, laneOf } from "./holds.ts";
import { createKindRules } from "./kind_rules.ts";
import type { Lane, Run, WaitingRun } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { createLimits } from "./limits.ts";
import type { RefillPorts } from "./refills.ts";
import { createRotation } from "./rotation.ts";
import { createShedding } from "./shedding.ts";

/*
 * The dispatcher: which ready message goes to the host next.
 *
 * Model. The store knows the head of every mailbox; the ready ones of a (tenant, kind) pass through a bounded window, a
 * lane. What a commit makes ready is offered with its text, so that a message on the fast path is never read back; what
 * does not fit is found again by a refill. Tenants take turns by weight, the lanes of a tenant take turns, and inside a
 * lane (priority, readyAt, seq) decides. An actor whose turns have landed and succeeded goes on: what is behind them in
 * its mailbox is read and waits in its lane like any other, with no regard to the commit that these turns wait for.
 * Where several nodes share a store, `claims.ts` says what is another's.
 *
 * Invariants.
 * - An actor is at most once at a host: from `deliver` until `release` it is busy, and the newest offer of it waits. While
 *   it is busy, what is delivered next lies behind what was delivered last, with nothing between.
 * - Limits count what runs, until it has landed; what waits for its commit is bounded by `MOST_BUSY` alone, so that the
 *   disk's latency costs no throughput.
 * - A kind that is paused and an actor that is parked get no turn; the store knows of the parked ones, so what is said of
 *   them here only takes back what had been read before.
 * - A message is delivered only while it is, as far as commits told so far go, unhandled in the store.
 * - Memory holds at most the lanes' windows, whatever waits in the store.
 *
 * Failure. A refill that fails is tried again with the next pump; nothing is lost, since the store holds everything.
 */
/**
 * Actors at the host or on their way to the disk: two batches that are being written and as much again. What a tenant
 * submits waits behind the outcomes of all of them, so more would make one tenant's flood the others' latency.
 */
const MOST_BUSY: Readonly<Record<DispatchState, number>> = { running: 2_048, careful: 8, alone: 1, stopped: 0 };
/** Of what an actor goes on with: as many as there is room for, but not next to none at the price of a read. */
const LEAST_READ = 16;
const MOST_READ = 256;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { read, room, mayDeliver = () => true } = options;
  const lanes = new Lanes();
  const busy = new Map<string, BusyActor>();
  const rules = createKindRules(options);
  const limits = createLimits(options);
  const rotation = createRotation(options.weightOf, () => room.goes(lanes.tenants));
  const holds = createHolds(lanes, (tenant) => rotation.join(tenant));
  let state: DispatchState = "running";

  const hasRoom = () => room.free > 0 && busy.size < MOST_BUSY[state];

  const ports: RefillPorts = {
    isBusy: (address) => busy.has(address) || holds.has(address),
    filled(lane) {
      // One that turns out to be idle is forgotten in its turn.
      if (lane.length > 0 || lane.idle) rotation.join(lane.name.tenant);
      pump();
    },
    failed(lane, error) {
      rotation.join(lane.name.tenant);
      options.onReadFailed(error);
    },
  };
  const refills = createRefills(options, { ...ports, lanes, limits });

  const together = (run: Run): number => {
    if (state !== "running" || rules.isOuter(run[0]!.kind)) return 1;
    const suspect = run.findIndex(options.runsAlone);
    return Math.max(1, Math.min(room.free, suspect === -1 ? run.length : suspect));
  };

  const expect = (name: LaneName): void => {
    const lane = lanes.of(name);
    lane.expectMore();
    refills.expect(lane);
  };

  const mayGoOn = ({ last, landed, parked }: BusyActor): boolean =>
    last !== null && landed && !parked && state === "running";

  const start = (lane: Lane, { address, run }: WaitingRun): number => {
    const alone = options.runsAlone(run[0]!);
    const turns = run.length === 1 ? run : run.slice(0, together(run));
    const last = alone || !rules.runsAhead(lane.name) ? null : turns.at(-1)!;
    const goesOn = busy.get(address);
    if (goesOn !== undefined) [goesOn.last, goesOn.landed] = [last, false];
    else {
      busy.set(address, { lane, alone, next: null, last, landed: false, parked: false });
      lane.busy++;
    }
    lane.active++;
    limits.begun(lane.name, { alone });
    if (!alone) room.taken(turns.length);
    options.deliver(turns, { address, alone });
    return turns.length;
  };

  const serve = (tenant: string, credit: number): number => {
    let served = 0;
    for (const lane of lanes.ofTenant(tenant)) {
      if (served >= credit || !hasRoom()) return served;
      if (!limits.allow(lane.name, lane.active)) continue;
      const next = lane.take();
      refills.want(lane);
      if (next === undefined) continue;
      served += start(lane, next);
      lanes.served(lane);
    }
    if (lanes.tidy(tenant)) rotation.leave(tenant);
    return served;
  };

  const land = (actor: BusyActor | undefined): void => {
    if (actor === undefined || actor.landed) return;
    actor.landed = true;
    const { lane, alone } = actor;
    lane.active--;
    rotation.join(lane.name.tenant);
    for (const tenant of limits.ended(lane.name, { alone })) rotation.join(tenant);
  };

  function pump(): void {
    if (state === "stopped" || !mayDeliver()) return;
    rotation.turn(serve, hasRoom);
    refills.go();
  }

  const letGo = (tenant: string, names: readonly LaneName[]): void => {
    rotation.join(tenant);
    if (options.claims !== undefined) names.forEach(expect);
    pump();
  };

  const mayShed = () => state === "running" && mayDeliver();
  const shed = createShedding({ lanes, limits, room, holds, isBusy: ports.isBusy, expect, pump, mayShed });

  return {
    async start() {
      // All are there before the first is filled: what each may hold depends on how many there are.
      const ready = (await refills.lanes()).map((name) => lanes.of(name));
      lanes.foundAll();
      for (const lane of ready) refills.expect(lane);
      refills.go();
    },
    offer(head) {
      const address = formatAddress(head);
      if (holds.keep(head, address)) return;
      const atHost = busy.get(address);
      if (atHost !== undefined) {
        [atHost.next, atHost.parked] = [head, false];
        return;
      }
      lanes.of(head).offer([head], address);
      rotation.join(head.tenant);
    },
    land: (address) => land(busy.get(address)),
    postponed(address) {
      const atHost = busy.get(address);
      if (atHost !== undefined) atHost.next = null;
    },
    goOn(address) {
      const actor = busy.get(address);
      if (actor === undefined || !mayGoOn(actor)) return;
      const { lane, last } = actor;
      const limit = Math.min(MOST_READ, Math.max(LEAST_READ, room.free));
      read.mailboxBehind(last!, { now: options.now(), limit }).then((run) => {
        if (busy.get(address) !== actor || actor.last !== last || !mayGoOn(actor)) return;
        if (run.length === 0 || options.runsAlone(run[0]!)) return;
        lane.offer(run, address);
        rotation.join(lane.name.tenant);
        pump();
      }, options.onReadFailed);
    },
    stay(address) {
      const actor = busy.get(address);
      if (actor === undefined) return;
      actor.last = null;
      actor.lane.drop(address);
    },
    handled(address, handled) {
      const actor = busy.get(address);
      if (actor === undefined) return;
      const { lane, next } = actor;
      for (const { id } of handled) {
        lane.gone(id);
        if (id === next?.id) actor.next = null;
      }
    },
    release(address, { postponed, again }) {
      const atHost = busy.get(address);
      if (atHost === undefined) return;
      const { lane, next, parked } = atHost;
      busy.delete(address);
      lane.busy--;
      land(atHost);
      if (postponed !== null) lane.gone(postponed.id);
      if (!parked && again.length > 0 && postponed === null) lane.offer(again, address);
      if (!parked && next !== null) lane.offer([next], address);
      // Its kind's limit may have kept others of it without an owner.
      if (options.claims !== undefined && rules.isLimited(lane.name)) expect(lane.name);
      rotation.join(lane.name.tenant);
    },
    hold: (address) => holds.hold(address),
    park(address) {
      const lane = lanes.find(laneOf(address));
      lane?.drop(address);
      lane?.gone(address);
      const atHost = busy.get(address);
      if (atHost !== undefined) [atHost.next, atHost.parked] = [null, true];
    },
    pause: (lane) => limits.pause(lane),
    resume(lane) {
      limits.resume(lane);
      letGo(lane.tenant, [lane]);
    },
    letGo: (tenant) => letGo(tenant, [...lanes.ofTenant(tenant)].map(({ name }) => name)),
    expect,
    unowned(head) {
      const lane = lanes.of(head);
      lane.leaveOut(head);
      refills.expect(lane);
    },
    shed,
    get idle() {
      return state === "running" && mayDeliver() && refills.idle;
    },
    get appetite() {
      if (state === "stopped" || !mayDeliver()) return 0;
      return Math.min(MOST_BUSY[state], refills.appetite);
    },
    get waiting() {
      return lanes.waiting;
    },
    busy: () => [...busy.keys()],
    forget(tenant) {
      refills.forget();
      for (const lane of tenant === undefined ? lanes : lanes.ofTenant(tenant)) lane.empty();
    },
    isBusy: (address) => busy.has(address),
    pump,
    setState: (next) => void (state = next),
  };
}
