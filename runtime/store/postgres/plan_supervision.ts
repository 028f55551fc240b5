import { type Address, formatAddress } from "../../actor/address.ts";
import type { Write } from "../contract.ts";
import { entryRefusals } from "../entry_refusals.ts";
import type { SupervisionRow } from "../schema.ts";
import type { Mailboxes } from "./mail.ts";
import { plan, type Planned, type UndoLog } from "./undo.ts";

type WriteOf<N extends Write["write"]> = Extract<Write, { readonly write: N }>;
type Said = Omit<SupervisionRow, keyof Address>;

/** An actor's row, null while it would say nothing. */
export interface SupervisedActor extends Planned<Said | null> {
  readonly address: Address;
}

const NOTHING: Said = {
  parentKind: null,
  parentKey: null,
  place: 0,
  restarts: "[]",
  parkedAt: null,
  parkReason: null,
  parkedBecause: null,
};

/**
 * Who supervises whom, who failed when, who is parked. An actor has a row only while it says something of it. Known are the
 * actors that the batch names, and whoever was parked because of one that it frees or is a child of one that it forgets.
 */
export class SupervisionPlanner {
  readonly #undo: UndoLog;
  readonly #mailboxes: Mailboxes;
  readonly #actors = new Map<string, SupervisedActor>();
  /** The last place among each parent's children. */
  readonly #lastPlaces = new Map<string, number>();
  #changed = new Set<SupervisedActor>();

  constructor(mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes;
    this.#undo = mailboxes.undo;
  }

  /** One that was read. */
  know({ tenant, kind, key, ...said }: SupervisionRow): void {
    const address = { tenant, kind, key };
    this.#actors.set(formatAddress(address), { address, stored: said, now: said });
  }

  knowLastPlace(parent: Address, place: number): void {
    this.#lastPlaces.set(formatAddress(parent), place);
  }

  restarts({ address, restarts }: WriteOf<"restarts">): void {
    this.#say(address, { restarts: JSON.stringify(restarts) });
  }

  adopt({ child, parent }: WriteOf<"adopt">): void {
    if (child.tenant !== parent.tenant) throw entryRefusals.otherTenant({ parent, child });
    if (this.#of(child).parentKind !== null) return;
    const name = formatAddress(parent);
    const last = this.#lastPlaces.get(name) ?? 0;
    this.#lastPlaces.set(name, last + 1);
    this.#undo.did(() => this.#lastPlaces.set(name, last));
    this.#say(child, { parentKind: parent.kind, parentKey: parent.key, place: last + 1 });
  }

  /** Those that were not parked before. */
  park({ address, parked: { at, reason, because } }: WriteOf<"park">): readonly Address[] {
    if (this.#of(address).parkedAt !== null) return [];
    this.#say(address, { parkedAt: at, parkReason: reason, parkedBecause: because });
    this.#setParked(address, true);
    return [address];
  }

  /** The actor, and those that were parked because of it. */
  unpark(address: Address): readonly Address[] {
    if (this.#of(address).parkedAt === null) throw entryRefusals.notParked(address);
    this.#say(address, { restarts: "[]", ...FREE });
    const because = `${address.kind}/${address.key}`;
    const others = this.#where(address.tenant, ({ parkedBecause }) => parkedBecause === because);
    for (const other of others) this.#say(other, FREE);
    const freed = [address, ...others];
    for (const each of freed) this.#setParked(each, false);
    return freed;
  }

  /** Its parking stays: only a person ends that. */
  forget({ tenant, kind, key }: Address): void {
    const isChild = ({ parentKind, parentKey }: Said) => parentKind === kind && parentKey === key;
    for (const child of this.#where(tenant, isChild)) this.#say(child, ALONE);
    this.#say({ tenant, kind, key }, { ...ALONE, restarts: "[]" });
  }

  /** Those whose rows change; each is handed out once. */
  take(): readonly SupervisedActor[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed;
  }

  #of(address: Address): Said {
    return this.#actors.get(formatAddress(address))?.now ?? NOTHING;
  }

  #say(address: Address, more: Partial<Said>): void {
    const name = formatAddress(address);
    let actor = this.#actors.get(name);
    if (actor === undefined) this.#actors.set(name, actor = { address, stored: null, now: null });
    const said = { ...actor.now ?? NOTHING, ...more };
    const isSilent = said.parentKind === null && said.restarts === "[]" && said.parkedAt === null;
    this.#changed.add(actor);
    plan<Said | null>(actor, isSilent ? null : said, this.#undo);
  }

  #where(tenant: string, is: (said: Said) => boolean): readonly Address[] {
    const found = [...this.#actors.values()].filter(({ address, now }) =>
      address.tenant === tenant && now !== null && is(now)
    );
    return found.map(({ address }) => address);
  }

  #setParked(address: Address, isParked: boolean): void {
    const mailbox = this.#mailboxes.open(address);
    const before = mailbox.isParked;
    mailbox.isParked = isParked;
    this.#undo.did(() => mailbox.isParked = before);
  }
}

const FREE = { parkedAt: null, parkReason: null, parkedBecause: null };
const ALONE = { parentKind: null, parentKey: null, place: 0 };
