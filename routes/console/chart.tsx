import type { JSX } from "hono/jsx/jsx-runtime";

const WIDTH = 600;
const HEIGHT = 120;

/** A line over the time; null where nothing was measured. */
export interface Series {
  readonly name: string;
  readonly tone: string;
  readonly values: readonly (number | null)[];
  /** Its area is shaded. */
  readonly filled?: boolean;
}

interface ChartProps {
  readonly id: string;
  readonly title: string;
  /** What it comes to now, in words. */
  readonly now: string;
  readonly series: readonly Series[];
  /** How its scale is written. */
  readonly write: (value: number) => string;
}

/** Lines over the last ten minutes, drawn here; what they come to is said in words beside them. */
export function Chart({ id, title, now, series, write }: ChartProps): JSX.Element {
  const top = niceTop(Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const names = series.map(({ name, values }) =>
    `${name} at most ${write(Math.max(0, ...values.map((each) => each ?? 0)))}`
  );
  return (
    <figure class="chart" id={id}>
      <figcaption>
        <span class="chart-title">{title}</span>
        <strong>{now}</strong>
        <span class="legend">
          {series.length > 1 && series.map(({ name, tone }) => <span data-tone={tone}>{name}</span>)}
        </span>
      </figcaption>
      <div class="plot">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title} over ten minutes: ${names.join(", ")}`}
        >
          {[0.5, 1].map((share) => (
            <line
              class="grid"
              x1="0"
              x2={WIDTH}
              y1={HEIGHT - share * (HEIGHT - 2)}
              y2={HEIGHT - share * (HEIGHT - 2)}
            />
          ))}
          {series.map((each) => <Line series={each} top={top} />)}
          <line class="base" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        </svg>
        <span class="scale top">{top === 0 ? "" : write(top)}</span>
        <span class="scale middle">{top === 0 ? "" : write(top / 2)}</span>
      </div>
      <p class="times">
        <span>10 min ago</span>
        <span>now</span>
      </p>
    </figure>
  );
}

function Line({ series: { tone, values, filled = false }, top }: { series: Series; top: number }): JSX.Element {
  const runs = runsOf(values, top);
  return (
    <g data-tone={tone}>
      {filled && runs.map((run) => (
        <path
          class="area"
          d={`M${run[0]![0]},${HEIGHT} L${run.map((point) => point.join(",")).join(" L")} L${
            run.at(-1)![0]
          },${HEIGHT} Z`}
        />
      ))}
      {runs.map((run) => <path class="line" d={`M${run.map((point) => point.join(",")).join(" L")}`} />)}
    </g>
  );
}

/** Where something was measured, as runs of points; one alone is drawn as a short line. */
function runsOf(values: readonly (number | null)[], top: number): (readonly [number, number])[][] {
  const step = WIDTH / Math.max(1, values.length - 1);
  const runs: (readonly [number, number])[][] = [];
  let run: (readonly [number, number])[] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (run.length > 0) runs.push(run);
      run = [];
      continue;
    }
    const y = HEIGHT - (top === 0 ? 0 : value / top * (HEIGHT - 2));
    run.push([round(index * step), round(y)]);
  }
  if (run.length > 0) runs.push(run);
  return runs.map((each) => each.length > 1 ? each : [[each[0]![0] - 2, each[0]![1]], [each[0]![0] + 2, each[0]![1]]]);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The next of 1, 2, 5, 10, 20... */
function niceTop(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value * 0.999)!;
}
