import { type Address, checkAddress, checkReach, formatAddress } from "../actor/address.ts";
import type { Entry } from "../actor/journal.ts";
import type { AnyKind } from "../actor/kind.ts";
import type { TellOptions } from "../actor/message.ts";
import type { Send } from "../actor/outcome.ts";
import type { Registry } from "../actor/registry.ts";
import { parseWith, versionOf } from "../actor/schema.ts";
import { RuntimeError } from "../core/errors.ts";
import type { CreateId } from "../core/ids.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { NewMessage, Write } from "../store/contract.ts";
import type { Command } from "./contract.ts";

/** Turns what someone wants to send into the write that adds it to a mailbox. */
export interface Commands {
  /** @throws {InvalidError} and the other refusals of `System.tell` that need no look at the store */
  fromOutside(command: Command, from: { by: string; now: number }): AppendWrite;
  /** Of a turn: its payload was checked where the turn ran. */
  fromTurn(send: Send, from: { by: Address; now: number }): AppendWrite;
}

export type AppendWrite = Extract<Write, { write: "append" }>;

export function createCommands(registry: Registry, createId: CreateId): Commands {
  const append = (
    to: Address,
    { kind, name, payload, by, now, options, id = createId(), again, fresh = false }: {
      kind: AnyKind;
      name: string;
      payload: string;
      by: string;
      now: number;
      options: TellOptions;
      id?: string | undefined;
      again?: number | undefined;
      fresh?: boolean | undefined;
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
    };
    const journal = kind.journal?.accepted({ ...message, seq: 0, readyAt: message.dueAt, attempts: 0, crashes: 0 }, {
      fresh,
      again: again ?? null,
    });
    if (journal === undefined) return { write: "append", message, fresh };
    return { write: "append", message, fresh, recorded: true, with: journal };
  };
  return {
    fromOutside(command, { by, now }) {
      checkAddress(command.to);
      const kind = registry.kind(command.to.kind);
      const schema = Object.hasOwn(kind.messages, command.message) ? kind.messages[command.message] : undefined;
      if (schema === undefined) {
        throw new RuntimeError(
          "unknown-message",
          `${kind.kind} has no message ${JSON.stringify(command.message)}; known: ${Object.keys(kind.messages)}`,
        );
      }
      const what = `The message ${command.message} to ${kind.kind}`;
      const payload = toJson(parseWith(schema, command.payload, what), { what, limitBytes: LIMITS.payloadBytes });
      return append(command.to, {
        kind,
        name: command.message,
        payload,
        by,
        now: command.at ?? now,
        options: command,
        id: command.messageId,
        again: command.again,
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
  };
}

export const NOTHING: Entry = { rows: [], events: [] };
