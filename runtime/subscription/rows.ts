import type { RowWrite } from "../actor/journal.ts";
import type { SqlValue } from "../actor/tables.ts";
import type { Subscription } from "./contract.ts";
import { subscriptionTables } from "./tables.ts";
import type { SubscriptionRow } from "./row_types.ts";

/** What the id of a subscription opens with that comes with a kind. */
const OF_KIND = "kind:";

export function idOfKind(kind: string): string {
  return `${OF_KIND}${kind}`;
}

export function isOfKind({ id }: Pick<SubscriptionRow, "id">): boolean {
  return id.startsWith(OF_KIND);
}

/** A write of the subscriptions' tables, on its way to the store. */
export function rowWrite(
  write: keyof typeof subscriptionTables.writes,
  args: Readonly<Record<string, SqlValue>>,
): RowWrite {
  return { tables: subscriptionTables.name, write, args };
}

/** The row of a subscription that nothing has been looked at for beyond `cursor`. */
export function newRow(
  row: Pick<SubscriptionRow, "tenant" | "id" | "kind" | "key" | "message" | "cursor" | "createdBy" | "createdAt">,
  eventTypes: readonly string[],
): SubscriptionRow {
  return { ...row, eventTypes: JSON.stringify(eventTypes), sent: 0, status: "active", error: null, gap: null };
}

export function createdWrite({ tenant: _, ...row }: SubscriptionRow): RowWrite {
  return rowWrite("created", row);
}

export function subscriptionOf(row: SubscriptionRow): Subscription {
  const { kind, key, message, ...rest } = row;
  return {
    ...rest,
    eventTypes: JSON.parse(row.eventTypes),
    target: { kind, key, message },
    builtIn: isOfKind(row),
    gap: row.gap === null ? null : JSON.parse(row.gap),
  };
}
