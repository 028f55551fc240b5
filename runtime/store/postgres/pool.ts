import type { PostgresPool } from "kysely";
import { sleep } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import { Fifo } from "../fifo.ts";
import { lostConnection } from "./faults.ts";
import { type Client, type Kept, type Lent, lentOf } from "./lent.ts";
import { Upkeep } from "./pool_upkeep.ts";
import { Watch, type WatchOptions } from "./watch.ts";

export type { Client, Lent } from "./lent.ts";

export interface PoolOptions extends WatchOptions {
  /** Connects; `onLost` is called when the connection is gone. */
  readonly open: (onLost: () => void) => Promise<Client>;
  /** How many connections there are at most. */
  readonly max: number;
  /** How many use one connection at a time, each with whole statements: 1 by default. Further ones wait for it. */
  readonly usesOfEach?: number;
  /** How long one waits for a connection; as long as for an answer by default. */
  readonly acquireMs?: number;
  /** When a connection that nobody uses is asked whether it works, and when it is closed; never by default. */
  readonly checkMs?: number;
  readonly idleMs?: number;
}

const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Connections, lent in the order in which they were asked for: one that nobody uses, else a new one, else, when there may be no
 * more, the one that fewest use. A server that is away is noticed. open → closed
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #watch: Watch;
  readonly #upkeep: Upkeep<Kept>;
  /** Those that are open and work. */
  readonly #members: Kept[] = [];
  readonly #waiting = new Fifo<
    { readonly take: (member: Kept) => void; readonly refuse: (error: unknown) => void }
  >();
  /** With those that are being opened, without those that end. */
  #size = 0;
  #opening = 0;
  #ending = 0;
  #closing: Promise<void> | undefined;
  #whenEmpty: () => void = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#watch = new Watch(options);
    const { checkMs = 0, idleMs = 0, clock } = options;
    const [check, end] = [(member: Kept) => void this.#check(member), (member: Kept) => this.#lose(member)];
    this.#upkeep = new Upkeep({ members: this.#members, checkMs, idleMs, clock, check, end });
  }

  /** Runs statements over one connection. What a lost connection has interrupted is done once more: so it must only read. */
  read<T>(work: (connection: Lent) => Promise<T>): Promise<T> {
    return this.repeated(() => this.use(work));
  }

  /** The same for what borrows its connections itself. */
  async repeated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!lostConnection(thrown)) throw thrown;
      return await work();
    }
  }

  /** Like `read`, but once. */
  async use<T>(work: (connection: Lent) => Promise<T>): Promise<T> {
    const lent = await this.lend();
    try {
      return await work(lent);
    } finally {
      lent.release();
    }
  }

  /** @throws {RuntimeError} `stopping`, `storage-unavailable`; and whatever connecting throws */
  async lend(): Promise<Lent> {
    const free = this.#free();
    if (free !== undefined) return this.#lent(free);
    const coming = this.#connection();
    let member: Kept;
    try {
      const { acquireMs = this.#options.deadlineMs } = this.#options;
      member = await this.#watch.wait(coming, { deadlineMs: acquireMs, late: "no connection became free" });
    } catch (thrown) {
      // It may still come.
      coming.then((late) => this.#giveBack(late), () => {});
      throw thrown;
    }
    return this.#lent(member);
  }

  /** For Kysely. */
  asKyselyPool(): PostgresPool {
    return { options: {}, connect: () => this.lend(), end: () => Promise.resolve() };
  }

  /** Whoever waits for a connection is answered `stopping`; those who have one get 1 s. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift()) {
      waiting.refuse(closed());
    }
    this.#upkeep.stop();
    for (const member of [...this.#members]) if (member.uses === 0) this.#lose(member);
    const over = new AbortController();
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#tellEmpty();
    });
    await Promise.race([empty, sleep(this.#options.clock, CLOSE_TIMEOUT_MS, over.signal).catch(() => {})]);
    over.abort();
  }

  /** One that can be had without waiting, with one more use. */
  #free(): Kept | undefined {
    if (this.#closing !== undefined) return undefined;
    const freest = this.#freest();
    if (freest === undefined || (freest.uses > 0 && this.#size < this.#options.max)) return undefined;
    freest.uses++;
    return freest;
  }

  #freest(): Kept | undefined {
    let { usesOfEach: least = 1 } = this.#options;
    let freest: Kept | undefined;
    for (const member of this.#members) if (member.uses < least) [freest, least] = [member, member.uses];
    return freest;
  }

  #connection(): Promise<Kept> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const { promise, resolve, reject } = Promise.withResolvers<Kept>();
    this.#waiting.push({ take: resolve, refuse: reject });
    this.#refill();
    return promise;
  }

  #refill(): void {
    while (this.#opening < this.#waiting.length && this.#size < this.#options.max) this.#open();
  }

  /** For the one that has waited longest. */
  async #open(): Promise<void> {
    this.#size++;
    this.#opening++;
    let onLost = () => {};
    let client: Client;
    try {
      client = await this.#options.open(() => onLost());
      this.#opening--;
    } catch (thrown) {
      this.#opening--;
      this.#size--;
      this.#refuse(thrown);
      this.#refill();
      return this.#tellEmpty();
    }
    const now = this.#options.clock.monotonic();
    const member: Kept = { client, uses: 0, usedAt: now, checkedAt: now, isLost: false };
    onLost = () => this.#lose(member);
    this.#members.push(member);
    if (this.#closing !== undefined) return this.#lose(member);
    this.#serve(member);
    this.#upkeep.arm();
  }

  /** No further connection can be had: whoever has waited longest shares one, or hears of it. */
  #refuse(thrown: unknown): void {
    const waiting = this.#waiting.shift();
    const freest = this.#freest();
    if (waiting === undefined || freest === undefined) return waiting?.refuse(thrown);
    freest.uses++;
    waiting.take(freest);
  }

  #serve(member: Kept): void {
    const { usesOfEach = 1 } = this.#options;
    while (member.uses < usesOfEach) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      member.uses++;
      next.take(member);
    }
  }

  #giveBack(member: Kept): void {
    member.uses--;
    member.usedAt = this.#options.clock.monotonic();
    if (!member.isLost && this.#closing === undefined) return this.#serve(member);
    if (!member.isLost) this.#lose(member);
    else if (member.uses === 0) this.#end(member.client);
  }

  #lent(member: Kept): Lent {
    return lentOf(member, {
      watch: this.#watch,
      lose: () => this.#lose(member),
      giveBack: () => this.#giveBack(member),
    });
  }

  /** Whether it still works, as one use among others; one that does not is lost by that. */
  async #check(member: Kept): Promise<void> {
    const { usedAt } = member;
    member.uses++;
    const lent = this.#lent(member);
    await lent.query("select 1").catch(() => {});
    lent.release();
    // Nobody has needed it.
    if (member.uses === 0) member.usedAt = usedAt;
  }

  /** It is lent no more: gone, given up, or needed by nobody. It ends when all have given it back. */
  #lose(member: Kept): void {
    if (member.isLost) return;
    member.isLost = true;
    const place = this.#members.indexOf(member);
    if (place >= 0) this.#members.splice(place, 1);
    if (member.uses === 0) this.#end(member.client);
  }

  #end(client: Client): void {
    this.#size--;
    this.#ending++;
    this.#refill();
    const ended = () => {
      this.#ending--;
      this.#tellEmpty();
    };
    client.end().then(ended, ended);
  }

  #tellEmpty(): void {
    if (this.#size + this.#ending === 0) this.#whenEmpty();
  }
}

function closed(): RuntimeError {
  return new RuntimeError("stopping", "The store is closed");
}
