import type { PostgresPool, PostgresPoolClient } from "kysely";
import { sleep } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";
import { Fifo } from "../fifo.ts";
import { lostConnection } from "./faults.ts";
import type { Connection } from "./prepared.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** What a pool needs of the driver's connections. */
export interface Client {
  // deno-lint-ignore no-explicit-any -- the driver's own has many forms
  query(...query: any[]): Promise<any>;
  end(): Promise<void>;
}

export interface PoolOptions extends WatchOptions {
  /** Connects; `onLost` is called when the connection is gone. */
  readonly open: (onLost: () => void) => Promise<Client>;
  /** How many connections there are at most. They stay. */
  readonly max: number;
}

/** A connection that is one user's until it is released. */
export type Lent = PostgresPoolClient & Connection & Pick<Client, "query">;

const CLOSE_TIMEOUT_MS = 1_000;

/** Connections, lent one by one in the order in which they were asked for. A server that is away is noticed. open → closed */
export class Pool {
  readonly #options: PoolOptions;
  readonly #watch: Watch;
  readonly #idle: Client[] = [];
  readonly #waiting = new Fifo<
    { readonly take: (client: Client) => void; readonly refuse: (error: unknown) => void }
  >();
  readonly #lost = new WeakSet<Client>();
  /** With those that are being opened, without those that end. */
  #size = 0;
  #opening = 0;
  #ending = 0;
  #closing: Promise<void> | undefined;
  #whenEmpty: () => void = () => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#watch = new Watch(options);
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
    const coming = this.#connection();
    let client: Client;
    try {
      client = await this.#watch.wait(coming);
    } catch (thrown) {
      // It may still come.
      coming.then((late) => this.#giveBack(late), () => {});
      throw thrown;
    }
    return this.#lent(client);
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
    for (const client of this.#idle.splice(0)) this.#end(client);
    const over = new AbortController();
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#tellEmpty();
    });
    await Promise.race([empty, sleep(this.#options.clock, CLOSE_TIMEOUT_MS, over.signal).catch(() => {})]);
    over.abort();
  }

  #connection(): Promise<Client> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    const { promise, resolve, reject } = Promise.withResolvers<Client>();
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
    let client: Client | undefined;
    try {
      client = await this.#options.open(() => client !== undefined && this.#forget(client));
      this.#opening--;
    } catch (thrown) {
      this.#opening--;
      this.#size--;
      this.#waiting.shift()?.refuse(thrown);
      this.#refill();
      return this.#tellEmpty();
    }
    this.#giveBack(client);
  }

  #giveBack(client: Client): void {
    if (this.#lost.has(client) || this.#closing !== undefined) return this.#end(client);
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(client);
    else next.take(client);
  }

  #lent(client: Client): Lent {
    let isReleased = false;
    const query = async (...asked: unknown[]) => {
      try {
        return await this.#watch.wait(client.query(...asked));
      } catch (thrown) {
        // Given up, or gone: what it answers later is nobody's.
        if (thrown instanceof RuntimeError || lostConnection(thrown)) this.#lost.add(client);
        throw thrown;
      }
    };
    const release = (destroy = false) => {
      if (isReleased) return;
      isReleased = true;
      if (destroy) this.#lost.add(client);
      this.#giveBack(client);
    };
    return { query, release } as Lent;
  }

  /** The connection is gone, in somebody's hands or not. */
  #forget(client: Client): void {
    this.#lost.add(client);
    const place = this.#idle.indexOf(client);
    if (place < 0) return;
    this.#idle.splice(place, 1);
    this.#end(client);
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
