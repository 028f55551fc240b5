import { type Address, checkAddress, checkReach, formatAddress } from "../actor/address.ts";
import type { Entry, RowWrite } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { TellOptions } from "../actor/message.ts";
import type { Send } from "../actor/outcome.ts";
import { messageOf, type Spawned } from "../actor/spawn.ts";
import type { Registry } from "../actor/registry.ts";
import { parseWith, versionOf } from "../actor/schema.ts";
import { RuntimeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { NewMessage, Write } from "../store/contract.ts";
import { countedAgain, countedMore } from "./batch_writes.ts";
import type { Command, SpawnedBatch } from "./contract.ts";

/** Turns what someone wants to send into the write that adds it to a mailbox. */
export interface Commands {
  /** @throws {InvalidError} and the other refusals of `System.tell` that need no look at the store */
  fromOutside(command: Command, from: { by: string; now: number }): AppendWrite;
  /** Of a turn: its payload was checked where the turn ran. */
  fromTurn(send: Send, from: { by: Address; now: number }): AppendWrite;
  /** The children of a turn, each in a mailbox of its own, counted in the batch. */
  children(spawned: Spawned, from: { by: Address; now: number; batch: string }): AppendWrite[];
  /** The same of one that no turn spawns. @throws like `fromOutside` */
  childrenOf(batch: SpawnedBatch, now: number): AppendWrite[];
}

export type AppendWrite = Extract<Write, { write: "append" }>;

export function createCommands(registry: Registry, createId: CreateId): Commands {
  const append = (
    to: Address,
    { kind, name, payload, by, now, options, id = createId(), again, fresh = false, batch = null, counted = [] }: {
      kind: AnyKind;
      name: string;
      payload: string;
      by: string;
      now: number;
      options: TellOptions;
      id?: string | undefined;
      again?: number | undefined;
      fresh?: boolean | undefined;
      batch?: string | null | undefined;
      counted?: readonly RowWrite[];
    },
  ): AppendWrite => {
    const message: NewMessage = {
      tenant: to.tenant,
      kind: to.kind,
      key: to.key,
      id,
      name,
      version: versionOf(kind.upgrade.messages?.[name]),
      payload,
      priority: options.priority ?? kind.priority,
      dueAt: now + Math.max(0, Math.floor(options.delayMs ?? 0)),
      enqueuedAt: now,
      by,
      maxAttempts: options.maxAttempts ?? kind.retry.maxAttempts,
      timeoutMs: options.timeoutMs ?? 0,
      dedupeKey: options.dedupeKey ?? null,
      batch,
    };
    const journal = kind.journal?.accepted({ ...message, seq: 0, readyAt: message.dueAt, attempts: 0, crashes: 0 }, {
      fresh,
      again: again ?? null,
    });
    const isCounted = counted.length > 0;
    if (journal === undefined) {
      return { write: "append", message, fresh, ...isCounted ? { with: { rows: counted, events: [] } } : {} };
    }
    const told = isCounted ? { ...journal, rows: [...journal.rows, ...counted] } : journal;
    return { write: "append", message, fresh, recorded: true, with: told };
  };
  return {
    fromOutside(command, { by, now }) {
      checkAddress(command.to);
      const kind = registry.kind(command.to.kind);
      const payload = payloadOf(kind, command.message, command.payload);
      return append(command.to, {
        kind,
        name: command.message,
        payload,
        by,
        now: command.at ?? now,
        options: command,
        id: command.messageId,
        again: command.again,
        ...countedIn(command),
        fresh: command.fresh,
      });
    },
    fromTurn(send, { by, now }) {
      // The turn checked it too, but the word of a worker is not enough.
      checkReach(by.tenant, send.tenant);
      const kind = registry.kind(send.kind);
      const { name, payload, options } = send;
      return append(send, { kind, name, payload, by: formatAddress(by), now, options });
    },
    children({ kind: kindName, message: name, payloads, options }, { by, now, batch }) {
      const kind = registry.kind(kindName);
      if (!Object.hasOwn(kind.messages, name)) {
        throw new RuntimeError("unknown-message", `${kindName} has no message ${JSON.stringify(name)}`);
      }
      const { tenant } = by;
      const { dedupeKey: _, ...told } = options as TellOptions;
      const sender = formatAddress(by);
      return payloads.map((payload) =>
        append({ tenant, kind: kindName, key: createId() }, {
          kind,
          name,
          payload,
          by: sender,
          now,
          options: told,
          fresh: true,
          batch,
        })
      );
    },
    childrenOf({ id: batch, parent, children }, now) {
      const by = formatAddress(parent);
      return children.map(({ kind: kindName, payload: given }) => {
        const kind = registry.kind(kindName);
        const name = messageOf(kind);
        const payload = payloadOf(kind, name, given);
        const to = { tenant: parent.tenant, kind: kindName, key: createId() };
        return append(to, { kind, name, payload, by, now, options: {}, fresh: true, batch });
      });
    },
  };
}

/** As the kind's schema has it, in JSON. */
function payloadOf(kind: AnyKind, message: string, given: unknown): string {
  const schema = Object.hasOwn(kind.messages, message) ? kind.messages[message] : undefined;
  if (schema === undefined) {
    throw new RuntimeError(
      "unknown-message",
      `${kind.kind} has no message ${JSON.stringify(message)}; known: ${Object.keys(kind.messages)}`,
    );
  }
  const what = `The message ${message} to ${kind.kind}`;
  return toJson(parseWith(schema, given, what), { what, limitBytes: LIMITS.payloadBytes });
}

/** What the batch of a command counts with it. */
function countedIn({ batch }: Command): { readonly batch?: string; readonly counted?: readonly RowWrite[] } {
  if (batch === undefined) return {};
  const { id, was } = batch;
  return { batch: id, counted: [was === undefined ? countedMore(id) : countedAgain(id, was)] };
}

export const NOTHING: Entry = { rows: [], events: [] };
