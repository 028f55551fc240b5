import { Html } from "../rendering/html.ts";

/** The report's whole look: it loads nothing, follows the reader's light or dark, and has no fixed width. */
export const PAGE_STYLE: Html = new Html(`
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #fff; --ink: #16202e; --quiet: #566274; --line: #dfe3ea;
  --succeeded: #2b6fd6; --failed: #d4500c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151d; --card: #19212c; --ink: #e8edf4; --quiet: #9aa7b8; --line: #2c3746;
    --succeeded: #6ea8ff; --failed: #ff8a4c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(1rem, 4vw, 2rem); max-width: 64rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.125rem; }
p { margin: .25rem 0 0; color: var(--quiet); text-wrap: balance; }
small { font-size: .8125rem; color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin: 1.75rem 0 0; }
.tiles div, .chart, .card {
  background: var(--card); border: 1px solid var(--line); border-radius: .625rem; padding: .875rem 1rem;
}
.tiles dt { font-size: .875rem; color: var(--quiet); }
.tiles dd { margin: 0; font-size: 1.625rem; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .alarm { color: var(--failed); }
.chart { display: grid; grid-template-columns: auto 1fr; gap: .5rem .75rem; margin: .75rem 0 0; padding-bottom: 1rem; }
figcaption { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-weight: 600; }
.key { font-weight: 400; font-size: .875rem; color: var(--quiet); }
.key::before { content: ""; display: inline-block; width: .75em; height: .75em; margin-right: .375em; border-radius: 2px; }
.keys { display: flex; gap: 1rem; margin-left: auto; }
.key.succeeded::before { background: var(--succeeded); }
.key.failed::before { background: var(--failed); }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; }
.scale span { font-size: .8125rem; line-height: 1; color: var(--quiet); font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: 12rem; padding: .375rem 0; overflow: visible; }
svg line { stroke: var(--line); vector-effect: non-scaling-stroke; }
rect.succeeded { fill: var(--succeeded); }
rect.failed { fill: var(--failed); }
.times { grid-column: 2; position: relative; height: 2.25rem; }
.times span { position: absolute; font-size: .8125rem; line-height: 1.3; white-space: nowrap; }
.times small { display: block; }
.card { padding: 0; overflow: hidden; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .75rem; text-align: right; border-top: 1px solid var(--line); }
th { font-weight: 600; }
thead th { border-top: 0; font-size: .8125rem; font-weight: 400; color: var(--quiet); }
th:first-child, .text { text-align: left; }
td.text { overflow-wrap: anywhere; }
td.text small { display: block; }
td.alarm { color: var(--failed); font-weight: 600; }
details, footer { margin-top: 2.5rem; }
summary { cursor: pointer; font-size: 1.125rem; font-weight: 600; }
details .card { margin-top: .75rem; }
@media (max-width: 40rem) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .wide thead { position: absolute; clip-path: inset(50%); }
  .wide tr { display: grid; grid-template-columns: repeat(4, 1fr); padding: .625rem .75rem; }
  .wide tr + tr { border-top: 1px solid var(--line); }
  .wide th, .wide td { border: 0; padding: .125rem .25rem; text-align: left; }
  .wide th, .wide td.text { grid-column: 1 / -1; }
  .wide td:not(.text)::before { content: attr(data-name); display: block; font-size: .75rem; color: var(--quiet); font-weight: 400; }
}
@media print { body { background: none; max-width: none; } }
`);
