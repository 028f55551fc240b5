import type { BoundWrite, Declare } from "../authoring.ts";
import type { OrderDatabase, OrderRow } from "./rows.ts";

export type NewOrder = Pick<
  OrderRow,
  "requestId" | "id" | "print" | "products" | "currency" | "amount" | "createdBy" | "createdAt"
>;

/** What is written of orders. */
export type OrderWrites = {
  /** Refused as `constraint` where there is one of this `requestId`. */
  readonly created: BoundWrite<NewOrder>;
  /** Refused as `conflict` where it is not pending any more. */
  readonly submitted: BoundWrite<{ readonly requestId: string; readonly at: number }>;
  /** Refused as `conflict` where it has ended. */
  readonly ended: BoundWrite<
    Pick<OrderRow, "requestId" | "externalId" | "reason"> & {
      readonly status: "succeeded" | "failed";
      readonly at: number;
    }
  >;
};

export function orderWrites({ write }: Declare<OrderDatabase>): OrderWrites {
  return {
    created: write<NewOrder>((
      db,
      { tenant, requestId, id, print, products, currency, amount, createdBy, createdAt },
    ) =>
      db.insertInto("orders").values({
        ...{ tenant, requestId, id, print, products, currency, amount, createdBy, createdAt },
        ...{ status: "pending", externalId: null, reason: null, submittedAt: null, endedAt: null },
      })
    ),
    submitted: write<{ readonly requestId: string; readonly at: number }>(
      (db, { tenant, requestId, at }) =>
        db.updateTable("orders").where("tenant", "=", tenant).where("requestId", "=", requestId)
          .where("status", "=", "pending").set({ status: "submitted", submittedAt: at }),
      { whenUnchanged: "conflict" },
    ),
    ended: write(
      (db, { tenant, requestId, status, externalId, reason, at }) =>
        db.updateTable("orders").where("tenant", "=", tenant).where("requestId", "=", requestId)
          .where("endedAt", "is", null).set({ status, externalId, reason, endedAt: at }),
      { whenUnchanged: "conflict" },
    ),
  };
}
