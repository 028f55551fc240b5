import type { StoredEvent } from "../runtime/mod.ts";
import { eventMembers } from "./event_json.ts";

/** How long a browser waits before it connects again. */
export const RETRY_MS = 1_000;

export interface Frame {
  /** The event's number: what a reader hands back as `Last-Event-ID`. */
  readonly id: number;
  /** Absent: `onmessage` hears it, and only that. */
  readonly name?: string | undefined;
  /** JSON text, so without line breaks. */
  readonly data: string;
}

/** One event of a stream. @see HTML Living Standard, 9.2 Server-sent events */
export function frame({ id, name, data }: Frame): string {
  return `${name === undefined ? "" : `event: ${name}\n`}id: ${id}\ndata: ${data}\n\n`;
}

export function eventFrame(event: StoredEvent, { named }: { named: boolean }): string {
  return frame({ id: event.number, name: named ? event.type : undefined, data: `{${eventMembers(event)}}` });
}

/** Moves the reader's `Last-Event-ID` without an event, so that one who saw only some of them resumes further on. */
export function idFrame(id: number): string {
  return `id: ${id}\n\n`;
}

export function heartbeatFrame(id: number): string {
  return `: heartbeat\n${idFrame(id)}`;
}

export function retryFrame(retryMs = RETRY_MS): string {
  return `retry: ${retryMs}\n\n`;
}
