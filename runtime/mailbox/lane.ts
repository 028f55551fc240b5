import { formatAddress } from "../actor/address.ts";
import type { Message } from "../actor/message.ts";
import type { HeadPlace, LaneName } from "../store/contract.ts";
import { before, precedes, weight } from "./lane_order.ts";

/**
 * Messages of one actor that may be delivered together, in mailbox order with nothing between: from the head of its mailbox
 * on, or of one that goes on from what is behind those that were delivered before.
 */
export type Run = readonly Message[];

/** A run that waits, with its actor's address. */
export interface WaitingRun {
  readonly address: string;
  readonly run: Run;
}

/** How much one lane may hold: shared by all, made smaller as tenants grow in number. */
export interface WindowSize {
  runs: number;
  bytes: number;
}

const ALL = { runs: 16_384, bytes: 32 * 1024 * 1024 };
const ONE = { runs: 8_192, bytes: 16 * 1024 * 1024 };

/** Runs that wait in all lanes. */
export interface AllWaiting {
  runs: number;
}

/** With so many tenants at work: 8,192 runs and 16 MiB, or its part of what all may hold, but never next to nothing. */
export function windowFor(tenants: number): WindowSize {
  const part = 1 / Math.max(1, tenants);
  return {
    runs: Math.max(16, Math.min(ONE.runs, Math.floor(ALL.runs * part))),
    bytes: Math.max(16 * 1024, Math.min(ONE.bytes, Math.floor(ALL.bytes * part))),
  };
}

const LEAST_REFILL = 16;
/** The main thread reads them in one go, of a few ms. */
const MOST_REFILL = 1_024;
/** Runs that were taken and are still held, so that not each one moves the rest. */
const MOST_TAKEN = 64;

/**
 * The window over the ready heads of one (tenant, kind), in (priority descending, readyAt, seq) order.
 *
 * `complete`: memory holds every ready head. `partial`: the store has more than fits here; heads that do not fit are
 * forgotten and found again by a refill. A lane turns partial when it drops something and complete when a refill has
 * found less than it asked for. While it is partial, what comes after the first head that was left out is left out too:
 * under a load that never lets up, the new would else be served before the old for ever. So all heads before that one are
 * known here, and a refill asks for those from there on; unless something may have been missed, then for all.
 */
export class Lane {
  readonly name: LaneName;
  /** Actors of this lane whose turns run. */
  active = 0;
  /** Those, and the ones whose turns wait for their commit: their heads are still ready in the store. */
  busy = 0;
  readonly #window: Readonly<WindowSize>;
  readonly #all: AllWaiting;
  #state: "complete" | "partial";
  #firstLeftOut: Message | null = null;
  /** The store may have a head before the first that was left out that is not known here. */
  #mayHaveMissed: boolean;
  #refilling: { readonly gone: Set<string> } | null = null;
  // In order; nearly all that comes goes to the end. The first of them have been taken already.
  #runs: WaitingRun[] = [];
  #taken = 0;
  #queued = new Map<string, WaitingRun>();
  #bytes = 0;
  /** Of a ready head in the store, as the latest refill found it. */
  #headBytes = 0;

  constructor(
    name: LaneName,
    state: "complete" | "partial",
    window: Readonly<WindowSize> = windowFor(1),
    all: AllWaiting = { runs: 0 },
  ) {
    this.name = name;
    this.#window = window;
    this.#all = all;
    this.#state = state;
    this.#mayHaveMissed = state === "partial";
  }

  get length(): number {
    return this.#runs.length - this.#taken;
  }

  /** In their order. */
  get waiting(): readonly WaitingRun[] {
    return this.#runs.slice(this.#taken);
  }

  /** The store was not asked again since something of it may have been missed. */
  get mayHaveMissed(): boolean {
    return this.#mayHaveMissed;
  }

  /** The store is being asked for heads of it. */
  get isRefilling(): boolean {
    return this.#refilling !== null;
  }

  /** Nothing waits or runs, here or in the store. */
  get idle(): boolean {
    return this.length === 0 && this.busy === 0 && this.#state === "complete" && this.#refilling === null;
  }

  /** How many heads to ask the store for: about as many as there is room for, at most 1,024; 0 when there is no need. */
  get wanted(): number {
    return this.wantedOf(Infinity);
  }

  /** The same, but no more than `most` that are not known here. */
  wantedOf(most: number): number {
    if (this.#state === "complete" || this.#refilling !== null) return 0;
    if (this.length > this.#window.runs / 4 || this.#bytes > this.#window.bytes / 4) return 0;
    const headBytes = Math.max(this.#headBytes, this.#bytes / Math.max(1, this.length), 1);
    const atOnce = Math.min(most, MOST_REFILL, this.#window.runs - this.length);
    const fitting = Math.min(atOnce, Math.max(LEAST_REFILL, Math.ceil((this.#window.bytes - this.#bytes) / headBytes)));
    // From the beginning, those at a host and those that wait here are read as well.
    return fitting + (this.#mayHaveMissed ? this.busy + this.length : 0);
  }

  /** `address` is that of its actor. */
  offer(run: Run, address: string = formatAddress(run[0]!)): void {
    const head = run[0]!;
    const waiting = this.#queued.get(address);
    if (waiting !== undefined) {
      if (!precedes(head, waiting.run[0]!)) return;
      this.drop(address);
    }
    const full = this.length >= this.#window.runs || this.#bytes >= this.#window.bytes;
    const last = this.#firstLeftOut ?? (full ? this.#runs.at(-1)!.run[0]! : null);
    if (last !== null && !before(head, last)) return this.leaveOut(head);
    this.#insert({ address, run });
    if (full) this.leaveOut(this.#forget(this.#runs.pop()!).run[0]!);
  }

  /** The best, which waits no more. */
  take(): WaitingRun | undefined {
    if (this.length === 0) return undefined;
    const first = this.#forget(this.#runs[this.#taken++]!);
    if (this.#taken >= MOST_TAKEN || this.length === 0) {
      this.#runs.splice(0, this.#taken);
      this.#taken = 0;
    }
    return first;
  }

  /** Takes the actor's run out of the window. */
  drop(address: string): Run | undefined {
    const waiting = this.#queued.get(address);
    if (waiting === undefined) return undefined;
    this.#runs.splice(this.#runs.indexOf(waiting, this.#taken), 1);
    return this.#forget(waiting).run;
  }

  /** A head that was at a host, or any of an actor, is no longer what a read under way may have seen. */
  gone(messageIdOrAddress: string): void {
    this.#refilling?.gone.add(messageIdOrAddress);
  }

  /** Answers from where on to ask; null: from the beginning. */
  beginRefill(): HeadPlace | null {
    const from = this.#mayHaveMissed ? null : this.#firstLeftOut;
    this.#refilling = { gone: new Set() };
    this.#state = "complete";
    this.#firstLeftOut = null;
    this.#mayHaveMissed = false;
    return from;
  }

  /** `isBusy`: at a host now, so what the read saw is not to be delivered again. */
  endRefill(
    heads: readonly Message[],
    { asked, isBusy }: { asked: number; isBusy: (address: string) => boolean },
  ): void {
    const gone = this.#refilling?.gone ?? new Set();
    this.#refilling = null;
    this.#headBytes = weight(heads) / Math.max(1, heads.length);
    for (const head of heads) {
      const address = formatAddress(head);
      if (!gone.has(head.id) && !gone.has(address) && !isBusy(address)) this.offer([head], address);
    }
    if (heads.length >= asked) this.leaveOut(heads.at(-1)!);
  }

  /** Forgets what waits here; the store may have it. */
  empty(): void {
    for (const waiting of this.#runs.slice(this.#taken)) this.#forget(waiting);
    this.#runs = [];
    this.#taken = 0;
    this.expectMore();
  }

  /** The read failed: ask again later. */
  failRefill(): void {
    this.#refilling = null;
    this.expectMore();
  }

  /** The store may have a ready head that was kept away from here. */
  expectMore(): void {
    this.#state = "partial";
    this.#mayHaveMissed = true;
  }

  /** The store has this ready head, which is not here. */
  leaveOut(head: Message): void {
    this.#state = "partial";
    if (this.#firstLeftOut === null || before(head, this.#firstLeftOut)) this.#firstLeftOut = head;
  }

  #insert(waiting: WaitingRun): void {
    const head = waiting.run[0]!;
    let at = this.#taken;
    let end = this.#runs.length;
    if (end > at && !before(head, this.#runs[end - 1]!.run[0]!)) at = end;
    while (at < end) {
      const middle = (at + end) >> 1;
      if (before(head, this.#runs[middle]!.run[0]!)) end = middle;
      else at = middle + 1;
    }
    if (at === this.#runs.length) this.#runs.push(waiting);
    else this.#runs.splice(at, 0, waiting);
    this.#queued.set(waiting.address, waiting);
    this.#bytes += weight(waiting.run);
    this.#all.runs++;
  }

  #forget(waiting: WaitingRun): WaitingRun {
    this.#queued.delete(waiting.address);
    this.#bytes -= weight(waiting.run);
    this.#all.runs--;
    return waiting;
  }
}
