import type { Message } from "../../runtime/actor/message.ts";

/** A message as a store would read it back, ready since instant 0. */
export function message(parts: Partial<Message> = {}): Message {
  const seq = parts.seq ?? 1;
  const key = parts.key ?? "one";
  return {
    tenant: "acme",
    kind: "job",
    key,
    id: `message-${key}-${seq}`,
    seq,
    name: "run",
    version: 1,
    payload: "{}",
    priority: 0,
    dueAt: 0,
    readyAt: 0,
    enqueuedAt: 0,
    by: "test",
    attempts: 0,
    crashes: 0,
    maxAttempts: 4,
    timeoutMs: 0,
    dedupeKey: null,
    batch: null,
    ...parts,
  };
}
