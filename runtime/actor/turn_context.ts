import { RuntimeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { checkAddress, checkReach, formatAddress } from "./address.ts";
import type { Context, LogLevel, TurnLog } from "./context.ts";
import { Snooze } from "./decision.ts";
import type { Draft } from "./draft.ts";
import type { AnyKind } from "./kind.ts";
import type { Delivery, Envelope } from "./outcome.ts";
import { parseWith } from "./schema.ts";
import type { BoundQuery, SqlValue } from "./tables.ts";
import { createTurnFetch } from "./turn_fetch.ts";
import type { TurnPorts } from "./turn_ports.ts";

const EVENT_TYPE = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;

/** The {@linkcode Context} of one turn; after `close` every use of it throws, so a late callback cannot touch the next turn. */
export function createContext(
  kind: AnyKind,
  { delivery, envelope, draft, signal }: {
    delivery: Delivery;
    envelope: Envelope;
    draft: Draft;
    signal: AbortSignal;
  },
  ports: TurnPorts,
): { context: Context; close: () => void } {
  let open = true;
  const turn = envelope.turn;
  const self = { tenant: delivery.tenant, kind: delivery.kind, key: delivery.key };
  const inTurn = () => {
    if (!open) {
      throw new RuntimeError(
        "conflict",
        `The turn of ${formatAddress(self)} is over: await all work inside the handler`,
      );
    }
  };
  const context: Context = {
    self,
    tenant: self.tenant,
    by: envelope.by,
    messageId: envelope.messageId,
    attempt: envelope.attempt,
    random: ports.random,
    signal,
    log: turnLog((level, message, fields) => {
      inTurn();
      const text = String(message).slice(0, LIMITS.logLineChars);
      ports.live({ turn, line: { at: ports.clock.now(), level, message: text, ...(fields ? { fields } : {}) } });
    }),
    blob: {
      async *read(id, options) {
        let fromByte = options?.fromByte ?? 0;
        for (;;) {
          inTurn();
          const answer = JSON.parse(await ports.request(turn, { want: "blob", id, fromByte })) as string;
          const chunk = Uint8Array.fromBase64(answer);
          if (chunk.length === 0) return;
          fromByte += chunk.length;
          yield chunk;
        }
      },
    },
    now: () => ports.clock.now(),
    tell(to, name, payload, options = {}) {
      inTurn();
      checkAddress(to);
      checkReach(self.tenant, to.tenant);
      const receiver = ports.registry.kind(to.kind);
      if (to.tenant !== self.tenant && receiver.journal !== null) {
        throw new RuntimeError(
          "invalid-message",
          `A ${to.kind} belongs to its tenant: tell an actor of ${to.tenant} to start it`,
        );
      }
      const schema = Object.hasOwn(receiver.messages, name) ? receiver.messages[name] : undefined;
      if (schema === undefined) throw new RuntimeError("unknown-message", `${to.kind} has no message ${name}`);
      const what = `The message ${name} to ${to.kind}`;
      const text = toJson(parseWith(schema, payload, what), { what, limitBytes: LIMITS.payloadBytes });
      draft.send({ tenant: to.tenant, kind: to.kind, key: to.key, name, payload: text, options });
    },
    async ask(to, query, args) {
      inTurn();
      checkAddress(to);
      checkReach(self.tenant, to.tenant);
      const text = toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
      const address = { tenant: to.tenant, kind: to.kind, key: to.key };
      return JSON.parse(await ports.request(turn, { want: "ask", to: address, query, args: text }));
    },
    emit(type, data, options) {
      inTurn();
      if (!EVENT_TYPE.test(type)) {
        throw new RuntimeError(
          "invalid-message",
          `The event type ${JSON.stringify(type)} must read like "thing.happened"`,
        );
      }
      draft.emit(type, options?.subject ?? `${self.kind}/${self.key}`, data);
    },
    write(write, args) {
      inTurn();
      checkOwn(kind, write);
      draft.write({ tables: write.tables, write: write.name, args: args as Readonly<Record<string, SqlValue>> });
    },
    async query<A extends object, R>(query: BoundQuery<A, R>, args: A) {
      inTurn();
      checkOwn(kind, query);
      const text = toJson(args, { what: "The arguments", limitBytes: LIMITS.payloadBytes });
      const wanted = { want: "query", tables: query.tables, query: query.name, args: text } as const;
      return JSON.parse(await ports.request(turn, wanted)) as R;
    },
    progress(progress) {
      inTurn();
      ports.live({ turn, progress });
    },
    effectKey: (name) => `${envelope.messageId}.${name}`,
    ...createTurnFetch(kind, async (wanted) => {
      inTurn();
      return await ports.request(turn, wanted);
    }),
    snooze: (delayMs) => new Snooze(delayMs),
    spawn(child) {
      inTurn();
      checkAddress(child);
      if (child.tenant !== self.tenant || !ports.registry.kinds.has(child.kind)) {
        throw new RuntimeError("invalid-message", `A child is an actor of ${self.tenant} and of a kind that is known`);
      }
      draft.spawn({ tenant: child.tenant, kind: child.kind, key: child.key });
    },
    stop() {
      inTurn();
      draft.stop();
    },
  };
  return { context, close: () => void (open = false) };
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
