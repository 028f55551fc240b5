import type { Engine } from "./two_engines.ts";

/** Orders of ten tenants, put there by plain SQL: those that have succeeded, and the others, accepted at about `at`. */
export async function manyOrders(
  { name, run }: Pick<Engine, "name" | "run">,
  { finished, pending, at }: { readonly finished: number; readonly pending: number; readonly at: number },
): Promise<void> {
  const [last, open] = [finished + pending - 1, `n >= ${finished}`];
  const numbers = name === "postgres"
    ? `(select generate_series(0, ${last}) as n) as numbers`
    : `(with recursive counted(n) as (select 0 union all select n + 1 from counted where n < ${last})
       select n from counted) as numbers`;
  const columns = [
    ["tenant", "'tenant-' || (n % 10)"],
    ["request_id", "'r-' || n"],
    ["id", "'id-' || n"],
    ["print", "'print'"],
    ["products", `'[{"productId":7,"quantity":1,"value":1000}]'`],
    ["currency", "'EUR'"],
    ["amount", "1000"],
    ["status", `case when ${open} then 'pending' else 'succeeded' end`],
    ["external_id", `case when ${open} then null else 'card-' || n end`],
    ["created_by", "'ada'"],
    ["created_at", `${at} - (n % 3600) * 1000`],
    ["submitted_at", `case when ${open} then null else ${at} end`],
    ["ended_at", `case when ${open} then null else ${at} - (n % 3600) end`],
  ] as const;
  await run(`insert into orders (${columns.map(([column]) => column).join(", ")})
    select ${columns.map(([, value]) => value).join(", ")} from ${numbers}`);
}
