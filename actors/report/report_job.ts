import { defineJob } from "../authoring.ts";
import { importTables } from "../import/tables.ts";
import { makeReport } from "./make_report.ts";
import { renderCsv } from "./render_csv.ts";
import { renderPage } from "./render_page.ts";
import { reportPayload, reportResult } from "./schemas.ts";
import { reportTables } from "./tables.ts";

/** Sums up what became of the jobs that a tenant submitted in some stretch of time, the last day unless told otherwise. */
export const reportJob = defineJob({
  type: "report",
  payload: reportPayload,
  result: reportResult,
  tables: [importTables, reportTables],
  timeoutMs: 60_000,
  renderings: {
    csv: { contentType: "text/csv; charset=utf-8; header=present", render: renderCsv },
    html: { contentType: "text/html; charset=utf-8", render: renderPage },
  },
  run: makeReport,
});
