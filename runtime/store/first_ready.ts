import type { Message } from "../actor/message.ts";
import type { MailboxBound } from "./contract.ts";

export const MOST_BYTES = 1024 * 1024;

/** What may be delivered together of a mailbox: up to the first message that is not ready. */
export function firstReady(mailbox: Iterable<Message>, { now, limit }: MailboxBound): readonly Message[] {
  const ready: Message[] = [];
  let bytes = 0;
  for (const message of mailbox) {
    bytes += message.payload.length;
    if (message.readyAt > now || (ready.length > 0 && bytes > MOST_BYTES)) break;
    ready.push(message);
    if (ready.length >= limit) break;
  }
  return ready;
}
