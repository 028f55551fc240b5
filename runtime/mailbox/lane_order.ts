import type { Message } from "../actor/message.ts";

/** In one mailbox, where only the first may be delivered. */
export function precedes(one: Message, other: Message): boolean {
  return one.dueAt === other.dueAt ? one.seq < other.seq : one.dueAt < other.dueAt;
}

/** In one lane. */
export function before(one: Message, other: Message): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  if (one.readyAt !== other.readyAt) return one.readyAt < other.readyAt;
  return one.seq < other.seq;
}

/** Bytes of the payloads. */
export function weight(run: readonly Message[]): number {
  let bytes = 0;
  for (const { payload } of run) bytes += payload.length;
  return bytes;
}
