import type { Registry } from "../actor/registry.ts";
import { RuntimeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import type { DeadLetter, NewMessage, StoreEntry, StoreReads, Write } from "../store/contract.ts";
import { countedAgain } from "./batch_writes.ts";
import type { DeadLetters } from "./contract.ts";
import { OWN_DEED } from "./deed.ts";

/** Taking a dead letter out and sending its message again is one commit, so that of two at once one finds nothing. */
export function createDeadLetters(
  { registry, read, commit, createId, now }: {
    registry: Registry;
    read: StoreReads;
    /** @throws {RuntimeError} why it is refused, or why commands are not taken now */
    commit: (entry: StoreEntry) => Promise<void>;
    createId: CreateId;
    now: () => number;
  },
): DeadLetters {
  return {
    page: (page) => read.deadLetters(page),
    get: (tenant, id) => read.deadLetter(tenant, id),
    async retry(tenant, id, { by, rows } = OWN_DEED) {
      const letter = await read.deadLetter(tenant, id);
      if (letter === null) throw new RuntimeError("not-found", "There is no such dead letter");
      mustBeKnown(registry, letter);
      const message = againOf(letter, { id: createId(), by, at: now() });
      await commit({
        tenant,
        at: now(),
        writes: [{ write: "discard", id }, ...countedIn(letter), { write: "append", message }],
        rows,
        events: [told("dead-letter.retried", letter, { messageId: message.id, by })],
      });
      return { messageId: message.id };
    },
    async discard(tenant, id, { by, rows } = OWN_DEED) {
      const letter = await read.deadLetter(tenant, id);
      if (letter === null) throw new RuntimeError("not-found", "There is no such dead letter");
      const events = [told("dead-letter.discarded", letter, { by })];
      await commit({ tenant, at: now(), writes: [{ write: "discard", id }], rows, events });
    },
  };
}

/** Where it is counted as failed it is one that has not ended, again. */
function countedIn({ batch }: DeadLetter): Write[] {
  return batch === null ? [] : [{ write: "row", row: countedAgain(batch, "failed") }];
}

/**
 * A new run: a new id, all attempts, and no dedupe key, since a person has decided that it shall run. What it had been
 * written as is upgraded when it is handled, as ever.
 */
function againOf(letter: DeadLetter, { id, by, at }: { id: string; by: string; at: number }): NewMessage {
  const { attempts: _, crashes: __, error: ___, diedAt: ____, ...message } = letter;
  return { ...message, id, by, dueAt: at, enqueuedAt: at, dedupeKey: null };
}

function mustBeKnown(registry: Registry, { kind, name }: DeadLetter): void {
  const known = registry.kinds.get(kind);
  if (known !== undefined && Object.hasOwn(known.messages, name)) return;
  throw new RuntimeError("conflict", `This program knows no message ${name} of ${kind}: it cannot be sent again`);
}

function told(type: string, { id, kind, key, name }: DeadLetter, more: Readonly<Record<string, unknown>>) {
  return { type, subject: `dead-letter/${id}`, data: JSON.stringify({ id, kind, key, name, ...more }) };
}
