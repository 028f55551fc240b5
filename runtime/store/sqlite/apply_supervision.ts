import type { DatabaseSync } from "node:sqlite";
import type { Address } from "../../actor/address.ts";
import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { ParkedActors } from "./parked_actors.ts";
import { prepareSupervision, type SupervisionStatements } from "./supervision_statements.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;

/**
 * Who supervises whom, who failed when, who is parked. An actor has a row only while it says something of it, so whatever
 * takes something out of a row tidies it up. Heads are the mailboxes' business: parking and freeing answer whose to change.
 */
export class Supervision {
  readonly #statements: SupervisionStatements;
  readonly #parked: ParkedActors;

  constructor(db: DatabaseSync, parked: ParkedActors) {
    this.#statements = prepareSupervision(db);
    this.#parked = parked;
  }

  restarts({ address, restarts }: WriteOf<"restarts">): void {
    if (restarts.length > 0) {
      this.#statements.setRestarts.run({ ...address, restarts: JSON.stringify(restarts) });
      return;
    }
    this.#statements.clearRestarts.run(address);
    this.#statements.tidy.run(address);
  }

  adopt({ child, parent }: WriteOf<"adopt">): void {
    if (child.tenant !== parent.tenant) throw entryRefusals.otherTenant({ parent, child });
    this.#statements.adopt.run({ ...child, parentKind: parent.kind, parentKey: parent.key });
  }

  /** Those that were not parked before. */
  park({ address, parked: { at, reason, because } }: WriteOf<"park">): readonly Address[] {
    const parked = { ...address, parkedAt: at, parkReason: reason, parkedBecause: because };
    if (this.#statements.park.run(parked) === 0) return [];
    this.#parked.change(address);
    return [address];
  }

  /** The actor, and those that were parked because of it. */
  unpark(address: Address): readonly Address[] {
    if (this.#statements.free.run(address) === 0) throw entryRefusals.notParked(address);
    this.#statements.clearRestarts.run(address);
    const { tenant, kind, key } = address;
    const others = this.#statements.parkedBecause.all({ tenant, because: `${kind}/${key}` });
    for (const other of others) this.#statements.free.run(other);
    const freed = [address, ...others];
    for (const each of freed) {
      this.#statements.tidy.run(each);
      this.#parked.change(each);
    }
    return freed;
  }

  /** Its parking stays: only a person ends that. */
  forget(address: Address): void {
    this.#statements.dropChildren.run(address);
    this.#statements.orphan.run(address);
    this.#statements.leave.run(address);
    this.#statements.tidy.run(address);
  }
}
