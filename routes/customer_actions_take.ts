import { createHash } from "node:crypto";
import { childrenOf, ON_ALL_DONE } from "../actors/customer_action/children.ts";
import { actionsText, type NewAction } from "../actors/customer_action/writes.ts";
import type { BeginAction } from "../actors/customer_action/schemas.ts";
import { actionTables } from "../actors/customer_action/tables.ts";
import { type NamedCustomer, namedCustomer } from "../actors/customer/rows.ts";
import { customerTables } from "../actors/customer/tables.ts";
import type { Command, Deed, SpawnedBatch, System } from "../runtime/mod.ts";
import { canonicalJson } from "./canonical_json.ts";
import type { ActionOrder } from "./customer_actions_view.ts";
import { admitOnce, type Given, type Taken, takeUndisturbed } from "./intake.ts";
import type { RefusedLine } from "./ndjson.ts";

const KIND = "customer-action";

interface Sender {
  /** Of an order that brings no id of its own, by its line. */
  readonly idOf: (line: number) => string;
  readonly deed: (subject: string) => Deed;
  /**
   * Asked once for those of a part that are new: what was taken before is no work, so that whoever sends many again gets on.
   * @throws {Refusal} 429 when the tenant may hand in no more now
   */
  readonly admit: (count: number) => void | Promise<void>;
}

/** An order with its id, and what tells it from another one of the same id. */
interface Named {
  readonly line: number;
  readonly order: ActionOrder;
  readonly id: string;
  readonly print: string;
}

/**
 * Takes a part of the actions of a tenant in, in one commit: a row of each, and a message to its actor. Of an action of one
 * customer all is known that its actor would find out: its children come in the message's place, unless somebody holds the
 * actor's turns, and so the children. When somebody takes one of the same ids at the same time that is refused as a whole,
 * and looked at again.
 */
export async function takeActions(
  system: System,
  tenant: string,
  { part, idOf, deed, admit }: Sender & { readonly part: readonly Given<ActionOrder>[] },
): Promise<Taken> {
  const all = part.map(({ line, order }): Named => {
    const { id = idOf(line), ...rest } = order;
    return { line, order, id, print: createHash("sha256").update(canonicalJson(rest)).digest("hex").slice(0, 32) };
  });
  const admitted = admitOnce(admit);
  return await takeUndisturbed(() => takeNamed(system, tenant, { all, deed, admit: admitted }));
}

async function takeNamed(
  system: System,
  tenant: string,
  { all, deed, admit }: Pick<Sender, "deed" | "admit"> & { readonly all: readonly Named[] },
): Promise<Taken> {
  const { fresh, repeated, refused } = await apart(system, tenant, all);
  const customers = await concernedBy(system, tenant, fresh);
  const strangers: RefusedLine[] = [];
  const isHeld = system.control.isHeld(tenant, KIND);
  const [actions, commands, spawned]: [NewAction[], Command[], SpawnedBatch[]] = [[], [], []];
  for (const { line, order, id, print } of fresh) {
    const concerned = concernedIn(order, customers);
    if (concerned === null) {
      strangers.push({ line, reason: "/customer there is no such customer" });
      continue;
    }
    const { type, details, credit } = order;
    const actor = { tenant, kind: KIND, key: id };
    const action = { type, details, ...credit === undefined ? {} : { credit } };
    const row = { id, type, audience: concerned.audience, print };
    if (concerned.audience === "one" && !isHeld) {
      const batchId = system.createId();
      const children = childrenOf(id, action, concerned.customer);
      actions.push({ ...row, batchId, customers: 1 });
      spawned.push({ id: batchId, parent: actor, onAllDone: ON_ALL_DONE, children });
    } else {
      actions.push({ ...row, batchId: null, customers: 0 });
      commands.push({ to: actor, message: "begin", payload: { ...action, concerned }, fresh: true });
    }
  }
  if (actions.length > 0) {
    await admit(actions.length);
    const { by, rows } = deed(subjectOf(actions));
    const args = { rows: actionsText(actions), createdBy: by, at: system.now() };
    const created = { tables: actionTables.name, write: actionTables.writes.created.name, args };
    await system.tellAll(commands, { deed: { by, rows: [created, ...rows] }, spawned });
  }
  return { accepted: actions.length, repeated, refused: [...refused, ...strangers] };
}

/** Those that are new, apart from those that were taken before, in this part or another. */
async function apart(
  system: System,
  tenant: string,
  all: readonly Named[],
): Promise<{ fresh: readonly Named[]; repeated: number; refused: readonly RefusedLine[] }> {
  const ids = [...new Set(all.map(({ id }) => id))];
  const known = await system.query(tenant, actionTables.queries.known, { ids });
  const prints = new Map(known.map(({ id, print }) => [id, print]));
  const fresh: Named[] = [];
  const refused: RefusedLine[] = [];
  for (const action of all) {
    const print = prints.get(action.id);
    if (print === undefined) {
      prints.set(action.id, action.print);
      fresh.push(action);
    } else if (print !== action.print) {
      refused.push({ line: action.line, reason: "/id is that of another action" });
    }
  }
  return { fresh, repeated: all.length - fresh.length - refused.length, refused };
}

/** The customers that are named one by one. */
async function concernedBy(
  system: System,
  tenant: string,
  actions: readonly Named[],
): Promise<ReadonlyMap<string, NamedCustomer>> {
  const ids = [...new Set(actions.flatMap(({ order: { customer } }) => customer === undefined ? [] : [customer]))];
  const known = ids.length === 0 ? [] : await system.query(tenant, customerTables.queries.named, { ids });
  return new Map(known.map((row) => [row.id, namedCustomer(row)]));
}

/** Null: there is no such customer. */
function concernedIn(
  { customer, customers }: ActionOrder,
  known: ReadonlyMap<string, NamedCustomer>,
): BeginAction["concerned"] | null {
  if (customers === "all") return { audience: "all" };
  if (customers !== undefined) return { audience: "many", ids: [...new Set(customers)].sort() };
  const one = known.get(customer!);
  return one === undefined ? null : { audience: "one", customer: one };
}

function subjectOf(actions: readonly NewAction[]): string {
  const first = `customer-action/${actions[0]!.id}`;
  return actions.length === 1 ? first : `${first} +${actions.length - 1}`;
}
