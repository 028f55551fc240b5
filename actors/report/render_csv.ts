import { toCsv } from "../rendering/csv.ts";
import type { ReportResult } from "./schemas.ts";

type Line = readonly [section: string, name: string, measure: string, value: string | number];

/** One line for each number of the report, so that a spreadsheet can filter and pivot it. */
export function renderCsv(report: ReportResult): string {
  const lines: Line[] = [
    ["report", report.tenant, "from", report.from],
    ["report", report.tenant, "to", report.to],
    ["report", report.tenant, "generatedAt", report.generatedAt],
    ["rows", "imports", "imported", report.rowsImported],
    ["rows", "imports", "rejected", report.rowsRejected],
    ...report.jobs.flatMap(({ type, durationMs: { p50, p95 }, ...counts }): Line[] => [
      ...Object.entries(counts).map(([status, count]): Line => ["jobs", type, status, count]),
      ["jobs", type, "p50Ms", p50 ?? ""],
      ["jobs", type, "p95Ms", p95 ?? ""],
    ]),
    ...report.failures.map(({ code, message, count }): Line => ["failures", `${code}: ${message}`, "count", count]),
    ...report.perHour.flatMap(({ hour, succeeded, failed }): Line[] => [
      ["hours", hour, "succeeded", succeeded],
      ["hours", hour, "failed", failed],
    ]),
  ];
  return toCsv([["section", "name", "measure", "value"], ...lines]);
}
