import { type GivenCustomer, judgeCustomers } from "../actors/customer/judge_customers.ts";
import { emailKeyOf } from "../actors/customer/rows.ts";
import { customerTables } from "../actors/customer/tables.ts";
import { projectionAt } from "../actors/customer_projection/messages.ts";
import type { Deed, System } from "../runtime/mod.ts";
import { type CustomerOrder, IS_TAKEN } from "./customers_view.ts";
import { admitOnce, type Given, type Taken, takeUndisturbed } from "./intake.ts";

const { queries } = customerTables;

interface Sender {
  /** Of a customer who comes without an id, by the line. */
  readonly idOf: (line: number) => string;
  readonly deed: (subject: string) => Deed;
  /** Asked for those that are new or changed. @throws {Refusal} 429 when the tenant may hand in no more now */
  readonly admit: (count: number) => void | Promise<void>;
}

/** Makes or changes the customers of a part, in one commit with one row in the audit log; what changes nothing leaves none. */
export async function takeCustomers(
  system: System,
  tenant: string,
  { part, idOf, deed, admit }: Sender & { readonly part: readonly Given<CustomerOrder>[] },
): Promise<Taken> {
  const customers = part.map(({ order: { id, ...details }, line }) => ({ id: id ?? idOf(line), ...details }));
  const admitted = admitOnce(admit);
  const { repeated, taken } = await takeUndisturbed(() =>
    takeNamed(system, tenant, { customers, deed, admit: admitted })
  );
  const refused = part.filter((_, index) => taken.has(customers[index]!.id))
    .map(({ line }) => ({ line, reason: `/email ${IS_TAKEN}` }));
  return { accepted: part.length - repeated - refused.length, repeated, refused };
}

async function takeNamed(
  system: System,
  tenant: string,
  { customers, deed, admit }: Pick<Sender, "deed" | "admit"> & { readonly customers: readonly GivenCustomer[] },
): Promise<{ repeated: number; taken: ReadonlySet<string> }> {
  if (customers.length === 0) return { repeated: 0, taken: new Set() };
  const ids = [...new Set(customers.map(({ id }) => id))];
  const emailKeys = [...new Set(customers.map(({ email }) => emailKeyOf(email)))];
  const [known, holders] = await Promise.all([
    system.query(tenant, queries.named, { ids }),
    system.query(tenant, queries.holders, { emailKeys }),
  ]);
  const { rows, events, changed, taken } = judgeCustomers(customers, { known, holders }, system.now());
  await admit(changed.length);
  if (changed.length > 0) {
    const { by, rows: audited } = deed(subjectOf(customers));
    const follow = { to: projectionAt(tenant, changed[0]!), message: "project", payload: { ids: changed } };
    await system.tellAll([follow], { deed: { by, rows: [...rows, ...audited] }, events });
  }
  const refused = customers.filter(({ id }) => taken.has(id)).length;
  return { repeated: customers.length - changed.length - refused, taken };
}

function subjectOf(customers: readonly GivenCustomer[]): string {
  const first = `customer/${customers[0]!.id}`;
  return customers.length === 1 ? first : `${first} +${customers.length - 1}`;
}
