import { type Html, html } from "../rendering/html.ts";
import { renderChart } from "./chart.ts";
import { PAGE_STYLE } from "./page_style.ts";
import { renderFailures, renderHours, renderJobs } from "./page_tables.ts";
import type { ReportResult } from "./schemas.ts";
import { instantInWords, inWords } from "./wording.ts";

/** A report as a page of its own: no script, nothing loaded, every text escaped. */
export function renderPage(report: ReportResult): string {
  const { tenant, from, to, generatedAt, jobs, failures, perHour } = report;
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Job report of ${tenant}</title>
        <style>${PAGE_STYLE}</style>
      </head>
      <body>
        <header>
          <h1>Job report of ${tenant}</h1>
          <p>${instantInWords(from)} to ${instantInWords(to)} UTC</p>
        </header>
        <main>
    ${renderTiles(report)}
    <h2>Over time</h2>
    ${jobs.length === 0 ? html`<p>No job was submitted in this time.</p>` : renderChart(perHour)}
    <h2>By type</h2>
    ${jobs.length === 0 ? html`<p>There is nothing to list.</p>` : renderJobs(jobs)}
    <h2>What went wrong</h2>
    ${failures.length === 0 ? html`<p>No job failed.</p>` : renderFailures(failures)}
    ${renderHours(perHour)}
        </main>
        <footer>
          <p><small>Counted ${instantInWords(
            generatedAt,
          )} UTC over the jobs that were submitted in that time.</small></p>
        </footer>
      </body>
    </html>
  `.text;
}

function renderTiles({ jobs, rowsImported, rowsRejected }: ReportResult): Html {
  const sum = (of: "total" | "succeeded" | "failed" | "queued" | "running") =>
    jobs.reduce((total, counts) => total + counts[of], 0);
  const failed = sum("failed");
  const tiles: readonly (readonly [name: string, value: number, look: string])[] = [
    ["Jobs", sum("total"), ""],
    ["Succeeded", sum("succeeded"), ""],
    ["Failed", failed, failed > 0 ? "alarm" : ""],
    ["Not ended yet", sum("queued") + sum("running"), ""],
    ["Rows imported", rowsImported, ""],
    ["Rows rejected", rowsRejected, ""],
  ];
  return html`<dl class="tiles">${
    tiles.map(([name, value, look]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd class="${look}">${inWords(value)}</dd>
        </div>
      `
    )
  }</dl>`;
}
