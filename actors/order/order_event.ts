import type { EventDraft } from "../authoring.ts";
import type { OrderRow } from "./rows.ts";

type Told = Pick<OrderRow, "requestId" | "status" | "externalId" | "reason">;

/** What the log says of an order; it names no card and no person. */
export function orderEvent(what: "created" | Exclude<OrderRow["status"], "pending">, order: Told): EventDraft {
  const { requestId, status, externalId, reason } = order;
  const data = { requestId, status, externalId, ...reason === null ? {} : { reason } };
  return { type: `order.${what}`, subject: `order/${requestId}`, data: JSON.stringify(data) };
}
