import { type Kysely, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { type BoundQuery, type Declare, engineOf } from "../authoring.ts";
import { ORDER_STATUSES, type OrderDatabase, type OrderRow, type OrderStatus } from "./rows.ts";

const PAGE_ROWS = 1_000;
/** Beyond it a share is as good as of all. */
const MOST_ENDINGS = 1_000;
const pageLimit = z.int().min(1).max(PAGE_ROWS);
const instant = z.int();

type Place = Pick<OrderRow, "createdAt" | "requestId">;

/** Newest first; `before` is where the page before ended. */
export interface OrdersPage {
  readonly status?: OrderStatus | undefined;
  /** Accepted at or after it. */
  readonly from?: number | undefined;
  /** Accepted before it. */
  readonly until?: number | undefined;
  readonly before?: Place | undefined;
  readonly limit: number;
}

/** An order that the upstream has not answered, of any tenant. */
export type Unanswered = Pick<OrderRow, "tenant" | "requestId" | "id" | "createdAt">;

/** Oldest first, of all tenants; `after` is where the page before ended. */
export interface UnansweredPage {
  /** Accepted at or after it; 0: whenever. */
  readonly from: number;
  readonly after?: Omit<Unanswered, "id"> | undefined;
  readonly limit: number;
}

/** How orders of all tenants have ended; of more than 1,000 the last ones. */
export interface Endings {
  readonly ended: number;
  readonly failed: number;
}

/** What can be read of orders. */
export type OrderQueries = {
  readonly order: BoundQuery<{ requestId: string }, OrderRow | null>;
  readonly orders: BoundQuery<OrdersPage, readonly OrderRow[]>;
  readonly unanswered: BoundQuery<UnansweredPage, readonly Unanswered[]>;
  readonly endings: BoundQuery<{ from: number }, Endings>;
};

export function orderQueries({ query, row }: Declare<OrderDatabase>): OrderQueries {
  return {
    order: row(
      z.object({ requestId: z.string() }),
      (db, { tenant, requestId }) =>
        db.selectFrom("orders").selectAll().where("tenant", "=", tenant).where("requestId", "=", requestId),
    ),
    orders: query<OrdersPage, readonly OrderRow[]>(
      z.object({
        status: z.enum(ORDER_STATUSES).optional(),
        from: instant.optional(),
        until: instant.optional(),
        before: z.object({ createdAt: instant, requestId: z.string() }).optional(),
        limit: pageLimit,
      }),
      orders,
    ),
    unanswered: query<UnansweredPage, readonly Unanswered[]>(
      z.object({
        from: instant,
        after: z.object({ tenant: z.string(), requestId: z.string(), createdAt: instant }).optional(),
        limit: pageLimit,
      }),
      unanswered,
    ),
    endings: query<{ from: number }, Endings>(z.object({ from: instant }), async (db, { from }) => {
      const { ended, failed } = await db.selectFrom((all) =>
        all.selectFrom("orders").select("status").where("endedAt", "is not", null).where("endedAt", ">=", from)
          .orderBy("endedAt", "desc").limit(MOST_ENDINGS).as("last")
      ).select(({ fn }) => [
        fn.countAll<number>().as("ended"),
        sql<number>`count(case when status = 'failed' then 1 end)`.as("failed"),
      ]).executeTakeFirstOrThrow();
      return { ended, failed };
    }),
  };
}

/** A page is read along one index; SQLite keeps no statistics by itself, so it is told which. */
async function orders(
  db: Kysely<OrderDatabase>,
  { tenant, status, from, until, before, limit }: OrdersPage & { readonly tenant: string },
): Promise<readonly OrderRow[]> {
  const wanted: RawBuilder<unknown>[] = [
    sql`tenant = ${tenant}`,
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(from === undefined ? [] : [sql`created_at >= ${from}`]),
    ...(until === undefined ? [] : [sql`created_at < ${until}`]),
    ...(before === undefined ? [] : [sql`(created_at, request_id) < (${before.createdAt}, ${before.requestId})`]),
  ];
  const { rows } = await sql<OrderRow>`select * from ${indexed(db, status === undefined ? "by_time" : "by_status")}
    where ${sql.join(wanted, sql` and `)} order by created_at desc, request_id desc limit ${limit}`.execute(db);
  return rows;
}

async function unanswered(
  db: Kysely<OrderDatabase>,
  { from, after, limit }: UnansweredPage,
): Promise<readonly Unanswered[]> {
  const wanted: RawBuilder<unknown>[] = [
    sql`ended_at is null and external_id is null and created_at >= ${from}`,
    ...(after === undefined
      ? []
      : [sql`(created_at, tenant, request_id) > (${after.createdAt}, ${after.tenant}, ${after.requestId})`]),
  ];
  const { rows } = await sql<Unanswered>`select tenant, request_id, id, created_at from ${indexed(db, "unanswered")}
    where ${sql.join(wanted, sql` and `)} order by created_at, tenant, request_id limit ${limit}`.execute(db);
  return rows;
}

function indexed(db: Kysely<OrderDatabase>, index: string): RawBuilder<unknown> {
  return sql.raw(engineOf(db) === "postgres" ? "orders" : `orders indexed by orders_${index}`);
}
