import { formatAddress } from "../../runtime/actor/address.ts";
import type { Message } from "../../runtime/actor/message.ts";
import type { Run } from "../../runtime/mailbox/lane.ts";

/** Mailboxes kept the slow and obvious way. */
export class PlainMailboxes {
  readonly #mail = new Map<string, readonly Message[]>();

  get addresses(): string[] {
    return [...this.#mail.keys()];
  }

  get pending(): number {
    return [...this.#mail.values()].reduce((sum, mail) => sum + mail.length, 0);
  }

  /** In mailbox order. */
  of(address: string): readonly Message[] {
    return this.#mail.get(address) ?? [];
  }

  /** Adds the message, or takes it in the place of what it was before. */
  put(message: Message): void {
    const address = formatAddress(message);
    const mail = [...this.of(address).filter(({ id }) => id !== message.id), message];
    this.#mail.set(address, mail.sort((one, other) => one.dueAt - other.dueAt || one.seq - other.seq));
  }

  remove(address: string, done: Run): void {
    this.#mail.set(address, this.of(address).filter(({ id }) => !done.some((message) => message.id === id)));
  }

  /** Those that are ready by `now`, up to the first that is not. */
  ready(address: string, now: number): Run {
    const mail = this.of(address);
    const waits = mail.findIndex(({ readyAt }) => readyAt > now);
    return mail.slice(0, waits < 0 ? undefined : waits);
  }
}
