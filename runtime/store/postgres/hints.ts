import { type CancelTimer, type Clock, every, sleep } from "../../core/clock.ts";
import type { Hint } from "../contract.ts";
import { EVERYTHING, hintText, mergeHints, readHint } from "./hint_text.ts";
import type { Client } from "./pool.ts";

/** A connection over which other nodes' notifications come. */
export interface Listener extends Client {
  on(event: "notification", hear: (notification: { readonly payload?: string | undefined }) => void): unknown;
}

export interface HintsOptions {
  readonly open: (onLost: () => void) => Promise<Listener>;
  readonly clock: Clock;
  readonly generation: number;
  /** Whether there is anybody to hint to. */
  readonly hasOthers: () => boolean;
}

interface Connected {
  /** Resolves when it is. */
  readonly lost: Promise<void>;
}

/** What is said within so long after a hint was sent goes together; the first after a rest is sent at once. */
const GATHER_MS = 5;
const RECONNECT_MS = 200;
const CLOSE_MS = 1_000;
/** A network that swallows everything is noticed after as long, and the time that an answer may take. */
const CHECK_MS = 2_000;
const CHANNEL = "mailroom";

/**
 * Says to other nodes what may have changed, and hears what they say, over one connection that does nothing else.
 *
 *   silent ──listen──► connecting ──► hearing ──lost──► connecting ...      any ──close──► closed
 *
 * What is said while there is no connection is lost, and whoever has lost his connection hears, once he has another, that
 * everything may have changed.
 */
export class Hints {
  readonly #options: HintsOptions;
  readonly #closing = new AbortController();
  #hear: ((hint: Hint) => void) | undefined;
  #connection: Listener | undefined;
  #gathered: Hint | undefined;
  /** Null when nothing was said for a while. */
  #cancelSend: CancelTimer | null = null;
  #listening: Promise<void> | undefined;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  hint(hint: Hint): void {
    const { clock, hasOthers } = this.#options;
    if (this.#connection === undefined || !hasOthers()) return;
    this.#gathered = mergeHints(this.#gathered ?? {}, hint);
    // With what else the same commit tells.
    this.#cancelSend ??= clock.after(0, () => this.#sendAndGather());
  }

  #sendAndGather(): void {
    const { clock } = this.#options;
    this.#cancelSend = this.#gathered === undefined ? null : clock.after(GATHER_MS, () => this.#sendAndGather());
    void this.#send();
  }

  /** Resolves when others are heard. @throws whatever connecting throws */
  async listen(hear: (hint: Hint) => void): Promise<void> {
    this.#hear = hear;
    this.#listening = this.#goOn(await this.#connect());
  }

  async close(): Promise<void> {
    this.#cancelSend?.();
    if (this.#gathered !== undefined) await this.#send();
    this.#closing.abort();
    // What was hinted meanwhile.
    this.#cancelSend?.();
    await this.#drop();
    await this.#listening;
  }

  async #goOn(connected: Connected): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await connected.lost;
      await this.#drop();
      if (signal.aborted) return;
      try {
        connected = await this.#connect();
        this.#hear?.(EVERYTHING);
      } catch {
        await sleep(this.#options.clock, RECONNECT_MS, signal).catch(() => {});
      }
    }
  }

  /** Answers what resolves when the connection is lost, or nobody needs it any more. */
  async #connect(): Promise<Connected> {
    const { open, clock } = this.#options;
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    const connection = await open(lose);
    connection.on("notification", ({ payload = "" }) => this.#heard(payload));
    try {
      await connection.query(`listen ${CHANNEL}`);
    } catch (thrown) {
      connection.end().catch(() => {});
      throw thrown;
    }
    this.#connection = connection;
    const cancelChecks = every(clock, CHECK_MS, () => void connection.query("select 1").catch(() => lose()));
    const { signal } = this.#closing;
    // It may have closed while this connected.
    if (signal.aborted) lose();
    signal.addEventListener("abort", lose as () => void);
    lost.then(() => {
      cancelChecks();
      signal.removeEventListener("abort", lose as () => void);
    });
    // In an object, as a promise of a promise is that one.
    return { lost };
  }

  #heard(payload: string): void {
    const heard = readHint(payload);
    if (heard !== null && heard.generation !== this.#options.generation) this.#hear?.(heard.hint);
  }

  async #send(): Promise<void> {
    const hint = this.#gathered;
    this.#gathered = undefined;
    if (hint === undefined || this.#connection === undefined) return;
    const text = hintText(this.#options.generation, hint);
    await this.#connection.query("select pg_notify($1, $2)", [CHANNEL, text]).catch(() => {});
  }

  /** A server that is away does not answer that it has closed: that is waited for 1 s. */
  async #drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const over = new AbortController();
    const ended = connection.end().catch(() => {});
    await Promise.race([ended, sleep(this.#options.clock, CLOSE_MS, over.signal).catch(() => {})]);
    over.abort();
  }
}
