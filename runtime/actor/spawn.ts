import { z } from "zod";
import type { TellOptions } from "./message.ts";
import type { MessageSchemas } from "./ref.ts";

/** What can be spawned in a batch: a kind with one message, as every job type is. */
export interface SpawnableKind<M extends MessageSchemas = MessageSchemas> {
  readonly kind: string;
  readonly messages: M;
}

/** What a child may be told; no dedupe key, since each child is counted. */
export type ChildOptions = Omit<TellOptions, "dedupeKey">;

/** How a batch of children is named, and what its end is told with. */
export interface SpawnOptions {
  /** Of several batches of one message; kebab-case, `children` by default. */
  readonly name?: string;
  /**
   * A message of the spawner's own kind, sent once when all have ended, and once more when some had failed and all of those
   * have succeeded in a retry; its payload fits {@linkcode batchEnded}.
   */
  readonly onAllDone?: string;
  /** The same for the first of them that is given up; its payload fits {@linkcode batchFailing}. */
  readonly onAnyFailed?: string;
  /** For each child. */
  readonly tell?: ChildOptions;
}

/** Children that a turn asks for, in one batch of its message. */
export interface Spawned {
  /** Of the batch. */
  readonly name: string;
  readonly kind: string;
  /** The one that the kind has. */
  readonly message: string;
  /** JSON texts, checked against the message's schema. */
  readonly payloads: readonly string[];
  readonly options: ChildOptions;
  readonly onAllDone: string | null;
  readonly onAnyFailed: string | null;
}

/** What a spawner's `onAllDone` message is given. */
export const batchEnded = z.object({
  batchId: z.string(),
  name: z.string(),
  total: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
});

export type BatchEnded = z.output<typeof batchEnded>;

/** What a spawner's `onAnyFailed` message is given: the first child that was given up. */
export const batchFailing = z.object({
  batchId: z.string(),
  name: z.string(),
  kind: z.string(),
  key: z.string(),
  error: z.object({ code: z.string(), message: z.string() }),
});

export type BatchFailing = z.output<typeof batchFailing>;

export const DEFAULT_BATCH = "children";

/** The batch of this name that a message begins: the same whenever the message is handled again. */
export function batchIdOf(messageId: string, name: string): string {
  return `${messageId}.${name}`;
}

/** The one message of a kind that can be spawned. */
export function messageOf({ messages }: SpawnableKind): string {
  return Object.keys(messages)[0]!;
}

/** @throws {TypeError} when what is to be spawned has not exactly one message */
export function checkSpawns(kind: string, spawns: readonly SpawnableKind[]): void {
  for (const child of spawns) {
    const messages = Object.keys(child.messages);
    if (messages.length === 1) continue;
    throw new TypeError(`${kind} spawns ${child.kind}, which has ${messages.length} messages: a child has one`);
  }
}
