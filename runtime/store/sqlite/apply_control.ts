import type { DatabaseSync } from "node:sqlite";
import type { MessageRef } from "../../actor/message.ts";
import type { Ownership, Write } from "../contract.ts";
import type { PausedKindRow } from "../schema.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { EntryWork } from "../entry_work.ts";
import { prepare } from "./prepared.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
type Mark = MessageRef & { readonly generation: number; readonly deaths: number };
type DeadName = { readonly tenant: string; readonly id: string };

/** What is decided over the heads of messages: wishes, start marks, pauses, and dead letters that nobody wants. */
export class Control {
  readonly #generation: number;
  readonly #statements;

  constructor(db: DatabaseSync, { generation }: Ownership) {
    this.#generation = generation;
    this.#statements = prepareControl(db);
  }

  wishCancelled({ ref, by }: WriteOf<"wish-cancelled">): void {
    if (this.#statements.wish.run({ ...ref, by }) === 0) throw entryRefusals.gone(ref);
  }

  mark({ ref, deaths }: WriteOf<"mark">): void {
    if (this.#statements.mark.run({ ...ref, deaths, generation: this.#generation }) === 0) {
      throw entryRefusals.gone(ref);
    }
  }

  unmark({ ref }: WriteOf<"unmark">): void {
    this.#statements.mark.run({ ...ref, deaths: 0, generation: 0 });
  }

  pause({ tenant, at }: EntryWork, { kind, by }: WriteOf<"pause">): void {
    this.#statements.pause.run({ tenant, kind, by, at });
  }

  unpause({ tenant }: EntryWork, { kind }: WriteOf<"unpause">): void {
    this.#statements.unpause.run({ tenant, kind });
  }

  discard({ tenant }: EntryWork, { id }: WriteOf<"discard">): void {
    if (this.#statements.discard.run({ tenant, id }) > 0) return;
    throw entryRefusals.noLetter(tenant, id);
  }
}

function prepareControl(db: DatabaseSync) {
  return {
    wish: prepare(
      db,
      (db, wish: MessageRef & { readonly by: string }) =>
        db.updateTable("messages").set({ cancelWished: 1, wishedBy: wish.by })
          .where("tenant", "=", wish.tenant).where("kind", "=", wish.kind).where("key", "=", wish.key)
          .where("dueAt", "=", wish.dueAt).where("seq", "=", wish.seq),
    ),
    mark: prepare(
      db,
      (db, mark: Mark) =>
        db.updateTable("messages").set({ markedBy: mark.generation, markDeaths: mark.deaths })
          .where("tenant", "=", mark.tenant).where("kind", "=", mark.kind).where("key", "=", mark.key)
          .where("dueAt", "=", mark.dueAt).where("seq", "=", mark.seq),
    ),
    pause: prepare(
      db,
      (db, { tenant, kind, by, at }: PausedKindRow) =>
        db.insertInto("pausedKinds").values({ tenant, kind, by, at }).onConflict((conflict) => conflict.doNothing()),
    ),
    unpause: prepare(
      db,
      (db, { tenant, kind }: Pick<PausedKindRow, "tenant" | "kind">) =>
        db.deleteFrom("pausedKinds").where("tenant", "=", tenant).where("kind", "=", kind),
    ),
    discard: prepare(
      db,
      (db, { tenant, id }: DeadName) => db.deleteFrom("deadLetters").where("id", "=", id).where("tenant", "=", tenant),
    ),
  };
}
