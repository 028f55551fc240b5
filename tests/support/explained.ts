// @ts-types="../../runtime/store/postgres/pg.d.ts"
import type { Client } from "pg";
import type { SqlValue } from "../../runtime/actor/tables.ts";

/** What running a statement meant for the server. */
export interface Explained {
  /** Indexes and tables, as they were gone through; a table alone was read from its start. */
  readonly scans: readonly string[];
  /** Rows looked at, whether they were wanted or not. */
  readonly rows: number;
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Runs a statement as a node does, with a plan that is made before the values are known, and takes back what it has changed.
 * What it cannot run again, as `insert` without room for the same row, it must not be given.
 */
export async function explained(
  client: Client,
  { text, values }: { readonly text: string; readonly values: readonly unknown[] },
): Promise<Explained> {
  await client.query("begin");
  try {
    await client.query(`prepare asked as ${text}`);
    const given = values.map((value) => literal(client, value as SqlValue)).join(", ");
    const call = `execute asked${given === "" ? "" : `(${given})`}`;
    const { rows: [row] } = await client.query<Record<string, string>>(`explain (analyze, format json) ${call}`);
    const [{ Plan: plan }] = JSON.parse(Object.values(row!)[0]!) as [{ readonly Plan: PlanNode }];
    const scans = nodesOf(plan).filter((node) =>
      node["Relation Name"] !== undefined || node["Index Name"] !== undefined
    )
      .filter((node) => node["Node Type"].includes("Scan"));
    return {
      scans: scans.map((node) => node["Index Name"] ?? node["Relation Name"]!),
      rows: scans.reduce((sum, node) => sum + looked(node), 0),
    };
  } finally {
    await client.query("rollback");
    await client.query("deallocate all");
  }
}

function looked(node: PlanNode): number {
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return (node["Actual Rows"] + removed) * node["Actual Loops"];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function literal(client: Client, value: SqlValue): string {
  if (value === null) return "null";
  return typeof value === "number" ? String(value) : client.escapeLiteral(value);
}
