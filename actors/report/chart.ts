import { type Html, html } from "../rendering/html.ts";
import { type Bar, type Bars, gatherBars } from "./bars.ts";
import type { ReportResult } from "./schemas.ts";
import { clockInWords, dayInWords, instantInWords, inWords } from "./wording.ts";

/** Of the width there is for a bar. */
const BAR_WIDTH = 0.72;
/** Of the scale: one failure among thousands must be seen. */
const SMALLEST_HEIGHT = 0.015;

/**
 * Stacked bars of succeeded and failed jobs. The drawing is stretched to the width there is; what is written beside it is
 * no part of it and stays readable on a phone.
 */
export function renderChart(perHour: ReportResult["perHour"]): Html {
  const chart = gatherBars(perHour);
  const { hours, bars, top } = chart;
  const unit = hours === 1 ? "hour" : `${hours} hours`;
  return html`
    <figure class="chart">
      <figcaption>Jobs per ${unit}
    <span class="keys"><span class="key succeeded">succeeded</span> <span class="key failed">failed</span></span></figcaption>
      <div class="scale" aria-hidden="true">${[top, top / 2, 0].map((value) =>
        html`<span>${inWords(value)}</span>`
      )}</div>
      <svg role="img" aria-label="${summary(chart, unit)}" viewBox="0 0 ${bars
        .length} ${top}" preserveAspectRatio="none">
        ${[0, top / 2, top].map((y) =>
          html`
            <line x2="${bars.length}" y1="${y}" y2="${y}" />
          `
        )}
        ${bars.map((bar, place) => renderBar(bar, { place, top }))}
          </svg>
      <div class="times" aria-hidden="true">${renderTimes(chart)}</div>
    </figure>
  `;
}

function renderBar({ from, succeeded, failed }: Bar, { place, top }: { place: number; top: number }): Html {
  if (succeeded + failed === 0) return html``;
  const failedHeight = failed === 0 ? 0 : Math.max(failed, top * SMALLEST_HEIGHT);
  const across = html`x="${place + (1 - BAR_WIDTH) / 2}" width="${BAR_WIDTH}"`;
  return html`
    <g>
      <title>${instantInWords(from)}: ${inWords(succeeded)} succeeded, ${inWords(failed)} failed</title>
      <rect class="succeeded" ${across} y="${top - succeeded}" height="${succeeded}" />
      <rect class="failed" ${across} y="${top - succeeded - failedHeight}" height="${failedHeight}" />
    </g>
  `;
}

/** At most four of them, the first at the very left. */
function renderTimes({ bars, hours }: Bars): Html[] {
  const step = Math.ceil(bars.length / 4);
  return bars.flatMap(({ from }, place) =>
    place % step === 0
      ? html`<span style="left:${(100 * place) / bars.length}%">${hours < 24 ? clockInWords(from) : ""} <small>${
        dayInWords(from)
      }</small></span>`
      : []
  );
}

function summary({ bars }: Bars, unit: string): string {
  const busiest = bars.reduce((most, bar) => bar.succeeded + bar.failed > most.succeeded + most.failed ? bar : most);
  const sum = (of: "succeeded" | "failed") => inWords(bars.reduce((total, bar) => total + bar[of], 0));
  return `Bar chart of jobs per ${unit}: ${sum("succeeded")} succeeded, ${sum("failed")} failed. ` +
    `The busiest began ${instantInWords(busiest.from)}. The table at the end has the numbers.`;
}
