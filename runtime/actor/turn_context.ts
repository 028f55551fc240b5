import { RuntimeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import type { Random } from "../core/random.ts";
import { type Address, checkAddress, checkReach, formatAddress } from "./address.ts";
import type { Context, LogLevel, TurnBlobs, TurnLog } from "./context.ts";
import { Snooze } from "./decision.ts";
import type { Draft } from "./draft.ts";
import { EVENT_TYPE } from "./event_type.ts";
import type { AnyKind } from "./kind.ts";
import type { Delivery, Envelope } from "./outcome.ts";
import { parseWith } from "./schema.ts";
import type { SqlValue } from "./tables.ts";
import { createTurnFetch } from "./turn_fetch.ts";
import { createTurnSpawn } from "./turn_spawn.ts";
import type { TurnPorts, Wanted } from "./turn_ports.ts";

/** What a context needs of its turn. */
export interface OpenTurn {
  readonly kind: AnyKind;
  readonly delivery: Delivery;
  readonly envelope: Envelope;
  readonly draft: Draft;
  readonly ports: TurnPorts;
  /** False when it is over. */
  readonly isOpen: boolean;
}

/**
 * The {@linkcode Context} of one turn; when that is over every use of it throws, so a late callback cannot touch the next.
 * Its functions are made when they are asked for, since most turns use one or two, and can be taken out of it.
 */
export class TurnContext implements Context {
  readonly self: Address;
  readonly tenant: string;
  readonly by: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly random: Random;
  readonly #turn: OpenTurn;

  constructor(turn: OpenTurn) {
    const { delivery: { tenant, kind, key }, envelope, ports } = turn;
    this.self = { tenant, kind, key };
    this.tenant = tenant;
    this.by = envelope.by;
    this.messageId = envelope.messageId;
    this.attempt = envelope.attempt;
    this.random = ports.random;
    this.#turn = turn;
  }

  get signal(): AbortSignal {
    return this.#turn.ports.signal;
  }

  get log(): TurnLog {
    const { ports, envelope: { turn } } = this.#turn;
    return turnLog((level, message, fields) => {
      this.#inTurn();
      const text = String(message).slice(0, LIMITS.logLineChars);
      ports.live({ turn, line: { at: ports.clock.now(), level, message: text, ...(fields ? { fields } : {}) } });
    });
  }

  get blob(): TurnBlobs {
    const request = this.#request;
    return {
      async *read(id, options) {
        let fromByte = options?.fromByte ?? 0;
        for (;;) {
          const chunk = Uint8Array.fromBase64(JSON.parse(await request({ want: "blob", id, fromByte })) as string);
          if (chunk.length === 0) return;
          fromByte += chunk.length;
          yield chunk;
        }
      },
    };
  }

  get now(): Context["now"] {
    return () => this.#turn.ports.clock.now();
  }

  get tell(): Context["tell"] {
    return (to, name, payload, options = {}) => {
      this.#inTurn();
      this.#checkTo(to);
      const receiver = this.#turn.ports.registry.kind(to.kind);
      if (to.tenant !== this.tenant && receiver.journal !== null) {
        throw new RuntimeError(
          "invalid-message",
          `A ${to.kind} belongs to its tenant: tell an actor of ${to.tenant} to start it`,
        );
      }
      const schema = Object.hasOwn(receiver.messages, name) ? receiver.messages[name] : undefined;
      if (schema === undefined) throw new RuntimeError("unknown-message", `${to.kind} has no message ${name}`);
      const what = `The message ${name} to ${to.kind}`;
      const text = toJson(parseWith(schema, payload, what), { what, limitBytes: LIMITS.payloadBytes });
      this.#turn.draft.send({ tenant: to.tenant, kind: to.kind, key: to.key, name, payload: text, options });
    };
  }

  get ask(): Context["ask"] {
    return async (to, query, args) => {
      this.#inTurn();
      this.#checkTo(to);
      const address = { tenant: to.tenant, kind: to.kind, key: to.key };
      return JSON.parse(await this.#request({ want: "ask", to: address, query, args: argsText(args) }));
    };
  }

  get emit(): Context["emit"] {
    return (type, data, options) => {
      this.#inTurn();
      if (!EVENT_TYPE.test(type)) {
        throw new RuntimeError(
          "invalid-message",
          `The event type ${JSON.stringify(type)} must read like "thing.happened"`,
        );
      }
      this.#turn.draft.emit(type, options?.subject ?? `${this.self.kind}/${this.self.key}`, data);
    };
  }

  get write(): Context["write"] {
    return (write, args) => {
      this.#inTurn();
      checkOwn(this.#turn.kind, write);
      const row = args as Readonly<Record<string, SqlValue>>;
      this.#turn.draft.write({ tables: write.tables, write: write.name, args: row });
    };
  }

  get query(): Context["query"] {
    return async (query, args) => {
      this.#inTurn();
      checkOwn(this.#turn.kind, query);
      return JSON.parse(
        await this.#request({ want: "query", tables: query.tables, query: query.name, args: argsText(args) }),
      );
    };
  }

  get progress(): Context["progress"] {
    return (progress) => {
      this.#inTurn();
      this.#turn.ports.live({ turn: this.#turn.envelope.turn, progress });
    };
  }

  get effectKey(): Context["effectKey"] {
    return (name) => `${this.messageId}.${name}`;
  }

  get fetch(): Context["fetch"] {
    return createTurnFetch(this.#turn.kind, this.#request, this.#turn.delivery.drops).fetch;
  }

  get fetchUrl(): Context["fetchUrl"] {
    return createTurnFetch(this.#turn.kind, this.#request).fetchUrl;
  }

  get snooze(): Context["snooze"] {
    return (delayMs) => new Snooze(delayMs);
  }

  get spawn(): Context["spawn"] {
    const { tenant, messageId } = this;
    const { kind, draft, ports: { registry } } = this.#turn;
    const isKnown = (name: string) => registry.kinds.has(name);
    return createTurnSpawn({ kind, tenant, messageId, draft, isKnown, inTurn: () => this.#inTurn() });
  }

  get stop(): Context["stop"] {
    return () => {
      this.#inTurn();
      this.#turn.draft.stop();
    };
  }

  get #request(): (wanted: Wanted) => Promise<string> {
    return async (wanted) => {
      this.#inTurn();
      return await this.#turn.ports.request(this.#turn.envelope.turn, wanted);
    };
  }

  #inTurn(): void {
    if (!this.#turn.isOpen) {
      throw new RuntimeError(
        "conflict",
        `The turn of ${formatAddress(this.self)} is over: await all work inside the handler`,
      );
    }
  }

  #checkTo(to: Address): void {
    checkAddress(to);
    checkReach(this.tenant, to.tenant);
  }
}

function argsText(args: unknown): string {
  return toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
}

function checkOwn(kind: AnyKind, { tables, name }: { tables: string; name: string }): void {
  if (!kind.tables.some((set) => set.name === tables)) {
    throw new RuntimeError(
      "invalid-message",
      `${kind.kind} does not declare the tables ${tables}, so it may not use ${name}`,
    );
  }
}

function turnLog(
  write: (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void,
): TurnLog {
  const at = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    write(level, message, fields);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
