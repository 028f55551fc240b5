import { formatAddress } from "../../actor/address.ts";
import type { MessageRef } from "../../actor/message.ts";
import type { NewMessage } from "../contract.ts";
import type { Mail } from "./mail.ts";
import type { UndoLog } from "./undo.ts";

/** Which unhandled message bears which of the dedupe keys that a batch would give. */
export class DedupeKeys {
  readonly #undo: UndoLog;
  readonly #holders = new Map<string, MessageRef>();
  readonly #byPlace = new Map<string, string>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** One that was read. */
  know(ref: MessageRef, dedupeKey: string): void {
    const name = nameOf(ref, dedupeKey);
    this.#holders.set(name, ref);
    this.#byPlace.set(placeOf(ref), name);
  }

  /** The key of the actor whose message bears it. */
  holderOf(message: NewMessage): string | undefined {
    return message.dedupeKey === null ? undefined : this.#holders.get(nameOf(message, message.dedupeKey))?.key;
  }

  hold({ ref, dedupeKey }: Mail): void {
    if (dedupeKey === null) return;
    this.know(ref, dedupeKey);
    this.#undo.did(() => this.#forget(ref));
  }

  /** The message has left. */
  free(ref: MessageRef): void {
    if (this.#byPlace.size === 0) return;
    const name = this.#forget(ref);
    if (name === undefined) return;
    this.#undo.did(() => {
      this.#holders.set(name, ref);
      this.#byPlace.set(placeOf(ref), name);
    });
  }

  #forget(ref: MessageRef): string | undefined {
    const name = this.#byPlace.get(placeOf(ref));
    if (name === undefined) return undefined;
    this.#byPlace.delete(placeOf(ref));
    this.#holders.delete(name);
    return name;
  }
}

/** As it is stored: half a character becomes U+FFFD there. */
function nameOf({ tenant, kind }: { tenant: string; kind: string }, dedupeKey: string): string {
  return `${tenant}/${kind}/${dedupeKey.toWellFormed()}`;
}

function placeOf(ref: MessageRef): string {
  return `${formatAddress(ref)} ${ref.seq}`;
}
