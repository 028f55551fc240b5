import { setImmediate } from "node:timers";
import { isDeepStrictEqual } from "node:util";
import { formatAddress } from "../../runtime/actor/address.ts";
import type { Message } from "../../runtime/actor/message.ts";
import type { Dispatcher, DispatcherOptions } from "../../runtime/mailbox/contract.ts";
import { createDispatcher } from "../../runtime/mailbox/dispatcher.ts";
import type { Run } from "../../runtime/mailbox/lane.ts";
import { createRoom, type Room } from "../../runtime/mailbox/room.ts";
import { FakeClock } from "./fake_clock.ts";
import { message } from "./messages.ts";
import { PlainMailboxes } from "./plain_mailboxes.ts";
import { type OpenRead, plainReads } from "./plain_reads.ts";

export type Ending = "handled" | "postponed" | "lost";

/**
 * A dispatcher over mailboxes kept the slow and obvious way. What a commit changes is visible to reads at once, as in a
 * store, but told to the dispatcher only with `tellNext`, in commit order. Every delivery is checked as it is made.
 */
export class DispatchModel {
  readonly clock = new FakeClock(1_000);
  readonly room: Room;
  readonly dispatcher: Dispatcher;
  /** At the host: every run by its address, in the order of delivery. */
  readonly atHost = new Map<string, Run>();
  readonly reads: OpenRead[] = [];
  readonly deliveries: string[] = [];
  /** What was delivered although it must not be. */
  readonly faults: string[] = [];
  readonly #mailboxes = new PlainMailboxes();
  readonly #untold: (() => void)[] = [];
  readonly #committing = new Set<string>();
  /** Ended with success, and in no commit yet. */
  readonly #landed = new Map<string, Run>();
  /** Of actors whose commit was refused, and that still have a turn at the host. */
  readonly #dropping = new Map<string, Run>();
  readonly #held = new Set<string>();
  /** Appended, but not yet told. */
  readonly #unheardOf = new Set<string>();
  /** Others might take what is ready, and none does; what is more than the dispatcher has an appetite for has no owner. */
  readonly #isShared: boolean;
  #seq = 0;

  constructor(
    { slots = 16, isShared = false, ...options }: { slots?: number; isShared?: boolean } & Partial<DispatcherOptions> =
      {},
  ) {
    this.room = createRoom(this.clock, slots);
    this.#isShared = isShared;
    const read = plainReads(this.#mailboxes, {
      now: () => this.clock.now(),
      opened: (read) => this.reads.push(read),
    });
    const claims = { claimable: () => read.readyLanes(), claim: read.readyHeads };
    this.dispatcher = createDispatcher({
      read,
      claims: isShared ? claims : undefined,
      now: () => this.clock.now(),
      room: this.room,
      kindOf: () => ({ concurrency: {}, outer: false, journal: null }) as ReturnType<DispatcherOptions["kindOf"]>,
      weightOf: () => 1,
      tenantLimitOf: () => Infinity,
      runsAlone: () => false,
      deliver: (run) => this.#delivered(run),
      onReadFailed: () => {},
      ...options,
    });
  }

  get untold(): number {
    return this.#untold.length;
  }

  /** Unhandled messages of the actor, in mailbox order. */
  mailbox(address: string): readonly Message[] {
    return this.#mailboxes.of(address);
  }

  get pending(): number {
    return this.#mailboxes.pending;
  }

  append(parts: Partial<Message>): Message {
    const now = this.clock.now();
    const seq = ++this.#seq;
    const added = message({ dueAt: now, readyAt: now, seq, ...parts });
    this.#mailboxes.put(added);
    this.#unheardOf.add(added.id);
    const ready = this.#ready(formatAddress(added))[0] === added;
    const isOwned = !this.#isShared || this.dispatcher.appetite > 0;
    this.#untold.push(() => {
      this.#unheardOf.delete(added.id);
      if (!ready) return;
      if (isOwned) this.dispatcher.offer(added);
      else this.dispatcher.unowned(added);
    });
    return added;
  }

  /** All turns at the host end with success, and the actor may go on before that is committed. */
  land(address: string): void {
    const run = this.#takeFromHost(address);
    if (run.length === 0 || this.#drop(address, run)) return;
    this.#landed.set(address, [...this.#landed.get(address) ?? [], ...run]);
    this.dispatcher.goOn(address);
  }

  /** Commits what has landed, no matter what is at the host meanwhile. */
  settle(address: string): void {
    const done = this.#landed.get(address);
    if (done === undefined || this.#committing.has(address)) return;
    this.#landed.delete(address);
    this.#committing.add(address);
    this.#mailboxes.remove(address, done);
    const ready = this.#ready(address);
    this.#untold.push(() => this.#committed(address, { done, ready, postponed: null, again: [] }));
  }

  /**
   * The store refuses what has landed: nothing that ran on it will be committed. One turn alone has failed then, and waits
   * for its next attempt.
   */
  refuse(address: string): void {
    const refused = this.#landed.get(address);
    if (refused === undefined || this.#committing.has(address)) return;
    this.#committing.add(address);
    this.#untold.push(() => {
      this.dispatcher.stay(address);
      const dropped = this.#landed.get(address)!;
      this.#landed.delete(address);
      if (this.atHost.has(address)) this.#dropping.set(address, dropped);
      else if (dropped.length === 1) return this.#postpone(address, dropped[0]!);
      else this.dispatcher.release(address, { postponed: null, again: dropped.slice(0, 1) });
      this.#committing.delete(address);
    });
  }

  /**
   * Commits what the actor's turns at the host did: `handled` of them, then one that ended as `last` says; and what has
   * landed before.
   */
  commit(address: string, { handled, last, delayMs = 0 }: { handled: number; last: Ending; delayMs?: number }): void {
    if (this.#committing.has(address)) return;
    const run = this.#takeFromHost(address);
    if (run.length === 0 || this.#drop(address, run)) return;
    this.#committing.add(address);
    const own = run.slice(0, last === "handled" ? run.length : Math.min(handled, run.length - 1));
    const done = [...this.#landed.get(address) ?? [], ...own];
    this.#landed.delete(address);
    this.#mailboxes.remove(address, done);
    const postponed = last === "postponed" ? run[own.length]! : null;
    if (postponed !== null) this.#putOff(postponed, delayMs);
    const ready = done.length > 0 || postponed !== null ? this.#ready(address) : [];
    const again = last === "handled" ? [] : run.slice(own.length + (postponed === null ? 0 : 1));
    this.#untold.push(() => this.#committed(address, { done, ready, postponed, again }));
  }

  /** Lets time go by: what has waited long enough is told as by a wake. */
  wake(ms: number): void {
    const before = this.clock.now();
    this.clock.advance(ms);
    const woken = this.#mailboxes.addresses.map((address) => this.#ready(address))
      .filter(([head]) => head !== undefined && head.readyAt > before);
    this.#tell(woken);
  }

  /** Removes the head of an actor that is not at the host, as a cancel does; `whileHeld` happens before the commit. */
  cancel(address: string, whileHeld: () => void = () => {}): void {
    if (this.dispatcher.isBusy(address) || this.#held.has(address)) return;
    this.#held.add(address);
    const letGo = this.dispatcher.hold(address);
    whileHeld();
    const [head] = this.mailbox(address);
    if (head !== undefined) this.#mailboxes.remove(address, [head]);
    this.#tell([this.#ready(address)]);
    this.#untold.push(() => {
      this.#held.delete(address);
      letGo(head === undefined ? [] : [head.id]);
    });
  }

  tellNext(): void {
    this.#untold.shift()?.();
    this.dispatcher.pump();
  }

  /** Everything that is known to the store gets through, and every turn succeeds. */
  async drain(): Promise<void> {
    for (;;) {
      while (this.#untold.length > 0) this.tellNext();
      for (const read of this.reads.splice(0)) read.answer();
      await new Promise<void>((resolve) => void setImmediate(resolve));
      for (const address of [...this.atHost.keys()]) this.commit(address, { handled: 0, last: "handled" });
      for (const address of [...this.#landed.keys()]) this.settle(address);
      if (this.#untold.length + this.reads.length === 0) return;
    }
  }

  #takeFromHost(address: string): Run {
    const run = this.atHost.get(address) ?? [];
    if (run.length === 0) return [];
    this.atHost.delete(address);
    this.room.ended(run.length);
    this.dispatcher.land(address);
    return run;
  }

  /** Whether the run was in vain: an earlier one was refused. */
  #drop(address: string, run: Run): boolean {
    const dropped = this.#dropping.get(address);
    if (dropped === undefined) return false;
    this.#dropping.delete(address);
    this.dispatcher.release(address, { postponed: null, again: [...dropped, ...run].slice(0, 1) });
    return true;
  }

  #postpone(address: string, postponed: Message): void {
    this.#putOff(postponed, 1);
    this.#untold.push(() => this.#committed(address, { done: [], ready: [], postponed, again: [] }));
  }

  #putOff(message: Message, delayMs: number): void {
    this.#mailboxes.put({ ...message, readyAt: this.clock.now() + delayMs, attempts: message.attempts + 1 });
  }

  #committed(
    address: string,
    { done, ready, postponed, again }: { done: Run; ready: Run; postponed: Message | null; again: Run },
  ): void {
    if (postponed !== null) this.dispatcher.postponed(address);
    if (ready[0] !== undefined) this.dispatcher.offer(ready[0]);
    this.#committing.delete(address);
    this.dispatcher.handled(address, done);
    if (!this.atHost.has(address) && !this.#landed.has(address)) this.dispatcher.release(address, { postponed, again });
  }

  #tell(runs: readonly Run[]): void {
    this.#untold.push(() => runs.forEach(([head]) => head && this.dispatcher.offer(head)));
  }

  #ready(address: string): Run {
    return this.#mailboxes.ready(address, this.clock.now());
  }

  #delivered(run: Run): void {
    const address = formatAddress(run[0]!);
    const ids = run.map(({ id }) => id);
    const ahead = new Set(this.#landed.get(address)?.map(({ id }) => id));
    const ready = this.#ready(address).map(({ id }) => id).filter((id) => !ahead.has(id));
    const known = ready.filter((id) => !this.#unheardOf.has(id));
    if (this.atHost.has(address)) this.faults.push(`${address} is at the host already`);
    if (![ready, known].some((expected) => isDeepStrictEqual(ids, expected.slice(0, ids.length)))) {
      this.faults.push(`${address} got ${ids}, but ready are ${ready}`);
    }
    this.atHost.set(address, run);
    this.deliveries.push(...ids);
  }
}
