import type { Context } from "@opentelemetry/api";
import type { Address } from "../../actor/address.ts";
import { formatAddress } from "../../actor/address.ts";

const MOST = 10_000;

/** Entries by key; beyond the bound the oldest go. */
class Newest<V> extends Map<string, V> {
  put(key: string, value: V): void {
    this.delete(key);
    this.set(key, value);
    if (this.size > MOST) this.delete(this.keys().next().value!);
  }
}

/** What belongs to which trace: messages by id, and of each actor the turns that ended and are not committed yet. */
export class Trails {
  readonly #messages = new Newest<{ readonly cause: Context | undefined; latest: Context | undefined }>();
  readonly #ended = new Newest<Context[]>();
  /** Events and rows that turns have asked for: they are in the entry that commits them as they are. */
  readonly #asked = new WeakMap<object, Context>();

  /** The message was sent within this; whatever came later of it stays. */
  sent(messageId: string, cause: Context): void {
    if (!this.#messages.has(messageId)) this.#messages.put(messageId, { cause, latest: undefined });
  }

  causeOf(messageId: string): Context | undefined {
    return this.#messages.get(messageId)?.cause;
  }

  /** A turn of the message has begun, or its newest one goes on. */
  running(messageId: string, turn: Context): void {
    this.#messages.put(messageId, { cause: this.causeOf(messageId), latest: turn });
  }

  latestOf(messageId: string): Context | undefined {
    const known = this.#messages.get(messageId);
    return known?.latest ?? known?.cause;
  }

  asked(what: object, turn: Context): void {
    this.#asked.set(what, turn);
  }

  askedIn(what: object): Context | undefined {
    return this.#asked.get(what);
  }

  ended(of: Address, turn: Context): void {
    const address = formatAddress(of);
    const turns = this.#ended.get(address) ?? [];
    turns.push(turn);
    this.#ended.put(address, turns);
  }

  /** The turn whose outcome is written now: those of an actor are written in the order in which they ended. */
  written(of: Address): Context | undefined {
    const address = formatAddress(of);
    const turns = this.#ended.get(address);
    const turn = turns?.shift();
    if (turns?.length === 0) this.#ended.delete(address);
    return turn;
  }
}
