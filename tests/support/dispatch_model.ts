import { setImmediate } from "node:timers";
import { isDeepStrictEqual } from "node:util";
import { formatAddress } from "../../runtime/actor/address.ts";
import type { Message } from "../../runtime/actor/message.ts";
import type { Dispatcher, DispatcherOptions } from "../../runtime/mailbox/contract.ts";
import { createDispatcher } from "../../runtime/mailbox/dispatcher.ts";
import type { Run } from "../../runtime/mailbox/lane.ts";
import { createRoom, type Room } from "../../runtime/mailbox/room.ts";
import type { HeadPlace, LaneName, StoreReads } from "../../runtime/store/contract.ts";
import { FakeClock } from "./fake_clock.ts";
import { message } from "./messages.ts";

export type Ending = "handled" | "postponed" | "lost";

/** A read that was asked for; the test decides when the store looks, and when the answer arrives. */
interface OpenRead {
  readonly look: () => void;
  readonly answer: () => void;
}

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
  readonly #mailboxes = new Map<string, Message[]>();
  readonly #untold: (() => void)[] = [];
  readonly #committing = new Set<string>();
  readonly #held = new Set<string>();
  /** Appended, but not yet told. */
  readonly #unheardOf = new Set<string>();
  #seq = 0;

  constructor({ slots = 16, ...options }: { slots?: number } & Partial<DispatcherOptions> = {}) {
    this.room = createRoom(this.clock, slots);
    this.dispatcher = createDispatcher({
      read: this.#read(),
      room: this.room,
      kindOf: () => ({ concurrency: {} }) as ReturnType<DispatcherOptions["kindOf"]>,
      weightOf: () => 1,
      tenantLimit: Infinity,
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
    return this.#mailboxes.get(address) ?? [];
  }

  get pending(): number {
    return [...this.#mailboxes.values()].reduce((sum, mail) => sum + mail.length, 0);
  }

  append(parts: Partial<Message>): Message {
    const now = this.clock.now();
    const seq = ++this.#seq;
    const added = message({ dueAt: now, readyAt: now, seq, ...parts });
    const mail = this.#mailboxes.get(formatAddress(added)) ?? [];
    this.#mailboxes.set(formatAddress(added), mail);
    mail.push(added);
    mail.sort((one, other) => one.dueAt - other.dueAt || one.seq - other.seq);
    this.#unheardOf.add(added.id);
    const ready = mail[0] === added && added.readyAt <= now;
    this.#untold.push(() => {
      this.#unheardOf.delete(added.id);
      if (ready) this.dispatcher.offer([added]);
    });
    return added;
  }

  /** Commits what the actor's turns at the host did: `handled` of them, then one that ended as `last` says. */
  commit(address: string, { handled, last, delayMs = 0 }: { handled: number; last: Ending; delayMs?: number }): void {
    const run = this.atHost.get(address);
    if (run === undefined || this.#committing.has(address)) return;
    this.#committing.add(address);
    this.room.ended(run.length);
    this.dispatcher.land(address);
    const mail = this.#mailboxes.get(address)!;
    const done = run.slice(0, last === "handled" ? run.length : Math.min(handled, run.length - 1));
    mail.splice(0, mail.length, ...mail.filter(({ id }) => !done.some((message) => message.id === id)));
    const postponed = last === "postponed" ? run[done.length]! : null;
    if (postponed !== null) {
      const at = mail.findIndex(({ id }) => id === postponed.id);
      mail[at] = { ...postponed, readyAt: this.clock.now() + delayMs, attempts: postponed.attempts + 1 };
    }
    const ready = done.length > 0 || postponed !== null ? this.#ready(address) : [];
    const again = last === "handled" ? [] : run.slice(done.length + (postponed === null ? 0 : 1));
    this.#untold.push(() => {
      if (postponed !== null) this.dispatcher.postponed(address);
      if (ready.length > 0) this.dispatcher.offer(ready);
      this.atHost.delete(address);
      this.#committing.delete(address);
      this.dispatcher.release(address, { handled: done, postponed, again });
    });
  }

  /** Lets time go by: what has waited long enough is told as by a wake. */
  wake(ms: number): void {
    const before = this.clock.now();
    this.clock.advance(ms);
    const woken = [...this.#mailboxes.keys()].map((address) => this.#ready(address))
      .filter(([head]) => head !== undefined && head.readyAt > before);
    this.#tell(woken);
  }

  /** Removes the head of an actor that is not at the host, as a cancel does; `whileHeld` happens before the commit. */
  cancel(address: string, whileHeld: () => void = () => {}): void {
    if (this.dispatcher.isBusy(address) || this.#held.has(address)) return;
    this.#held.add(address);
    const letGo = this.dispatcher.hold(address);
    whileHeld();
    const head = this.#mailboxes.get(address)?.shift();
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
      const atHost = [...this.atHost.keys()].filter((address) => !this.#committing.has(address));
      for (const address of atHost) this.commit(address, { handled: 0, last: "handled" });
      if (this.#untold.length + this.reads.length === 0) return;
    }
  }

  #tell(runs: readonly Run[]): void {
    this.#untold.push(() => runs.forEach((run) => this.dispatcher.offer(run)));
  }

  #ready(address: string): Run {
    const mail = this.#mailboxes.get(address) ?? [];
    const waits = mail.findIndex(({ readyAt }) => readyAt > this.clock.now());
    return mail.slice(0, waits < 0 ? undefined : waits);
  }

  #delivered(run: Run): void {
    const address = formatAddress(run[0]!);
    const ids = run.map(({ id }) => id);
    const ready = this.#ready(address).map(({ id }) => id);
    const known = ready.filter((id) => !this.#unheardOf.has(id));
    if (this.atHost.has(address)) this.faults.push(`${address} is at the host already`);
    if (![ready, known].some((expected) => isDeepStrictEqual(ids, expected.slice(0, ids.length)))) {
      this.faults.push(`${address} got ${ids}, but ready are ${ready}`);
    }
    this.atHost.set(address, run);
    this.deliveries.push(...ids);
  }

  #read(): StoreReads {
    const later = <T>(look: () => T): Promise<T> =>
      new Promise((resolve) => {
        let seen: { value: T } | null = null;
        const open = {
          look: () => void (seen ??= { value: look() }),
          answer: () => (open.look(), resolve(seen!.value)),
        };
        this.reads.push(open);
      });
    const heads = (isOf: (head: Message) => boolean) =>
      [...this.#mailboxes.keys()].flatMap((address) => this.#ready(address).slice(0, 1)).filter(isOf);
    return {
      readyLanes: () =>
        later((): LaneName[] => {
          const names = new Map(heads(() => true).map(({ tenant, kind }) => [`${tenant}/${kind}`, { tenant, kind }]));
          return [...names.values()];
        }),
      readyHeads: ({ tenant, kind }: LaneName, limit: number, { from = null }: { from?: HeadPlace | null } = {}) =>
        later(() =>
          heads((head) => head.tenant === tenant && head.kind === kind)
            .filter((head) => from === null || inLane(from, head) <= 0)
            .sort(inLane)
            .slice(0, limit)
        ),
    } as Partial<StoreReads> as StoreReads;
  }
}

function inLane(one: HeadPlace, other: HeadPlace): number {
  return other.priority - one.priority || one.readyAt - other.readyAt || one.seq - other.seq;
}
