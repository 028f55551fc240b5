import { type Html, html } from "../rendering/html.ts";
import type { ReportResult } from "./schemas.ts";
import { durationInWords, instantInWords, inWords } from "./wording.ts";

const JOB_COLUMNS = [
  "Total",
  "Succeeded",
  "Failed",
  "Cancelled",
  "Queued",
  "Running",
  "Median",
  "95 % within",
] as const;

export function renderJobs(jobs: ReportResult["jobs"]): Html {
  return html`
    <div class="card">
      <table class="wide">
        <thead>
          <tr><th scope="col">Type</th>${JOB_COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>${jobs.map(renderType)}</tbody>
      </table>
    </div>
  `;
}

function renderType({ type, durationMs, ...counts }: ReportResult["jobs"][number]): Html {
  const { total, succeeded, failed, cancelled, queued, running } = counts;
  const cells = [
    ...[total, succeeded, failed, cancelled, queued, running].map(inWords),
    durationInWords(durationMs.p50),
    durationInWords(durationMs.p95),
  ];
  return html`
    <tr><th scope="row">${type}</th>${cells.map((cell, place) => {
      const name = JOB_COLUMNS[place]!;
      return html`
        <td data-name="${name}" ${name === "Failed" && failed > 0
          ? html`
            class="alarm"
          `
          : ""}>${cell}</td>
      `;
    })}</tr>
  `;
}

export function renderFailures(failures: ReportResult["failures"]): Html {
  return html`
    <div class="card">
      <table>
        <thead>
          <tr>
            <th scope="col">Jobs</th>
            <th scope="col" class="text">Error</th>
          </tr>
        </thead>
        <tbody>${failures.map(({ code, message, count }) =>
          html`
            <tr>
              <th scope="row">${inWords(count)}</th>
              <td class="text">${message} <small>${code}</small></td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** The numbers of the chart; nothing when there are none. */
export function renderHours(perHour: ReportResult["perHour"]): Html {
  const busy = perHour.filter(({ succeeded, failed }) => succeeded + failed > 0);
  if (busy.length === 0) return html``;
  return html`
    <details>
      <summary>Numbers per hour</summary>
      <div class="card">
        <table>
          <thead>
            <tr>
              <th scope="col">Hour (UTC)</th>
              <th scope="col">Succeeded</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>${busy.map(({ hour, succeeded, failed }) =>
            html`
              <tr>
                <th scope="row">${instantInWords(hour)}</th>
                <td>${inWords(succeeded)}</td>
                <td>${inWords(failed)}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
    </details>
  `;
}
