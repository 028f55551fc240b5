import { isDeepStrictEqual } from "node:util";
import type { DatabaseSync } from "node:sqlite";
import type { Findings } from "./torture_campaign.ts";

export interface ExpectedAction {
  /** Each has one letter and one application. */
  readonly customers: number;
}

/** Children of each action: how many of each type, how many customers they are for, how many have succeeded. */
const CHILDREN = `select a.tenant, a.id, a.status, a.customers, a.counts,
    (select count(*) from jobs j where j.tenant = a.tenant and j.batch_id = a.batch_id and j.type = 'email') as letters,
    (select count(distinct json_extract(j.payload, '$.to')) from jobs j
      where j.tenant = a.tenant and j.batch_id = a.batch_id and j.type = 'email') as people,
    (select count(*) from jobs j
      where j.tenant = a.tenant and j.batch_id = a.batch_id and j.type = 'credit-application') as applications,
    (select count(distinct json_extract(j.payload, '$.customerId')) from jobs j
      where j.tenant = a.tenant and j.batch_id = a.batch_id and j.type = 'credit-application') as applicants,
    (select count(*) from jobs j
      where j.tenant = a.tenant and j.batch_id = a.batch_id and j.status = 'succeeded') as succeeded
  from customer_actions a`;

/** Rows that are looked at after each kill. */
const LATEST = 2_000;

/** Of a server that was killed: what its file says must be true at once. */
export function judgeKilledActions(db: DatabaseSync, findings: Findings): void {
  const latest = (of: string, by: string) =>
    db.prepare(`${CHILDREN} where ${of} order by ${by} desc limit ${LATEST}`).all();
  const begun = latest("a.batch_id is not null", "a.created_at");
  const over = latest("a.ended_at is not null", "a.ended_at");
  findings.expectAll(
    "no customer has two children of a type, and none has but one of the two",
    [...begun, ...over],
    ({ customers, letters, people, applications, applicants }) =>
      [letters, people, applications, applicants].every((count) => count === customers),
  );
  findings.expectAll(
    "an action that is over has no child that is not",
    over,
    ({ customers, succeeded }) => succeeded === 2 * Number(customers),
  );
}

/** When everything has been worked off. */
export function judgeActions(
  db: DatabaseSync,
  { tenant, expected }: { tenant: string; expected: ReadonlyMap<string, ExpectedAction> },
  findings: Findings,
): void {
  const rows = new Map(db.prepare(`${CHILDREN} where a.tenant = ?`).all(tenant).map((row) => [String(row.id), row]));
  findings.expect("there are the actions that were accepted, and no others", rows.size === expected.size, () => {
    return `${tenant}: ${rows.size} of ${expected.size}`;
  });
  for (const [id, { customers }] of expected) {
    const { status, counts, letters, people, applications, applicants, succeeded } = rows.get(id) ?? {};
    const each = { total: customers, open: 0, succeeded: customers, failed: 0, cancelled: 0 };
    const holds = status === "completed" && succeeded === 2 * customers &&
      [letters, people, applications, applicants].every((count) => count === customers) &&
      isDeepStrictEqual(JSON.parse(String(counts)), { "email": each, "credit-application": each });
    findings.expect("every action has exactly its children, and counts them", holds, () => {
      return JSON.stringify({ tenant, id, customers, found: rows.get(id) });
    });
  }
  const ends = db.prepare(
    "select subject, count(*) as ends from events where tenant = ? and type like 'customer-action.%' group by subject",
  ).all(tenant);
  findings.expect("every action ends", ends.length === expected.size, () => `${tenant}: ${ends.length}`);
  findings.expectAll("every action ends once", ends, ({ ends }) => Number(ends) === 1);
}
