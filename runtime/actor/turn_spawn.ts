import type { z } from "zod";
import { RuntimeError } from "../core/errors.ts";
import { toJson } from "../core/json.ts";
import { LIMITS } from "../core/limits.ts";
import { type Address, checkAddress, KIND_PATTERN } from "./address.ts";
import type { Context } from "./context.ts";
import type { Draft } from "./draft.ts";
import type { AnyKind } from "./kind.ts";
import { parseWith } from "./schema.ts";
import {
  type BatchEnded,
  type BatchFailing,
  batchIdOf,
  DEFAULT_BATCH,
  messageOf,
  type SpawnableKind,
  type SpawnOptions,
} from "./spawn.ts";

const MOST_NAME_CHARS = 60;

/** The `spawn` of a turn's context: with payloads it makes a batch, without it adopts an actor. */
export function createTurnSpawn(
  { kind: spawner, tenant, messageId, draft, isKnown, inTurn }: {
    kind: AnyKind;
    tenant: string;
    messageId: string;
    draft: Pick<Draft, "spawn" | "spawnAll">;
    isKnown: (kind: string) => boolean;
    /** @throws {RuntimeError} `conflict` when the turn is over */
    inTurn: () => void;
  },
): Context["spawn"] {
  const adopt = (child: Address): void => {
    checkAddress(child);
    if (child.tenant !== tenant || !isKnown(child.kind)) {
      throw new RuntimeError("invalid-message", `A child is an actor of ${tenant} and of a kind that is known`);
    }
    draft.spawn({ tenant: child.tenant, kind: child.kind, key: child.key });
  };

  const spawnAll = (child: SpawnableKind, payloads: readonly unknown[], options: SpawnOptions = {}): string => {
    const { kind, messages } = declaredChild(spawner, child, options);
    const { name = DEFAULT_BATCH, onAllDone = null, onAnyFailed = null, tell = {} } = options;
    const message = messageOf({ kind, messages });
    const what = `A child of the kind ${kind}`;
    const textOf = (payload: unknown) =>
      toJson(parseWith(messages[message]!, payload, what), { what, limitBytes: LIMITS.payloadBytes });
    const texts = payloads.map(textOf);
    draft.spawnAll({ name, kind, message, payloads: texts, options: tell, onAllDone, onAnyFailed });
    return batchIdOf(messageId, name);
  };

  const spawn = (child: Address | SpawnableKind, payloads?: readonly unknown[], options?: SpawnOptions) => {
    inTurn();
    if (payloads === undefined) return adopt(child as Address);
    return spawnAll(child as SpawnableKind, payloads, options);
  };
  return spawn as Context["spawn"];
}

/**
 * The declared kind that is to be spawned.
 * @throws {TypeError} when the spawner does not declare it, or a name or callback is none
 */
function declaredChild(spawner: AnyKind, child: SpawnableKind, options: SpawnOptions): SpawnableKind {
  const { name = DEFAULT_BATCH, onAllDone, onAnyFailed } = options;
  const declared = spawner.spawns.find(({ kind }) => kind === child.kind);
  if (declared === undefined) {
    throw new TypeError(`${spawner.kind} spawns ${child.kind}, which it does not declare: name it in spawns`);
  }
  if (!KIND_PATTERN.test(name) || name.length > MOST_NAME_CHARS) {
    throw new TypeError(`The batch ${JSON.stringify(name.slice(0, 80))} must be named in kebab-case`);
  }
  const print = `${child.kind} ${name} ${onAllDone} ${onAnyFailed}`;
  const known = checkedCallbacks.get(spawner) ?? new Set();
  if (known.has(print)) return declared;
  checkCallback(spawner, onAllDone, { batchId: "", name, total: 0, succeeded: 0, failed: 0, cancelled: 0 });
  const error = { code: "internal", message: "" };
  checkCallback(spawner, onAnyFailed, { batchId: "", name, kind: child.kind, key: "", error });
  if (known.size < MOST_CHECKED) checkedCallbacks.set(spawner, known.add(print));
  return declared;
}

/** Of each kind the ways to spawn that were found right; names may be made up, so no more than a few are kept. */
const checkedCallbacks = new WeakMap<AnyKind, Set<string>>();
const MOST_CHECKED = 32;

/** Such a message is what the kind will be told, so it must take it. */
function checkCallback(spawner: AnyKind, message: string | undefined, example: BatchEnded | BatchFailing): void {
  if (message === undefined) return;
  if (spawner.journal !== null) {
    throw new TypeError(`A ${spawner.kind} lives for one message: it cannot be told what became of a batch`);
  }
  const schema = Object.hasOwn(spawner.messages, message) ? spawner.messages[message] as z.ZodType : undefined;
  if (schema === undefined) throw new TypeError(`${spawner.kind} has no message ${message}, which a batch is to send`);
  if (schema.safeParse(example).success) return;
  throw new TypeError(`The message ${message} of ${spawner.kind} does not take what a batch sends: see batchEnded`);
}
