import type { Figure } from "./scenario.ts";
import type { Summary } from "./summary.ts";
import { COSTED, type Costed, costFigure, STATIONS } from "./stations.ts";

const HEADS = ["figure", "value", "unit", "bare", "ratio", "bound", "met"] as const;

/** The figures as a table in Markdown, with columns of even width; without those that `stationsTable` shows. */
export function figuresTable(summaries: readonly Summary[]): string {
  const ofStations = new Set<string>(
    COSTED.flatMap((costed) => STATIONS.map(({ station }) => costFigure(costed, station))),
  );
  return table(
    HEADS,
    summaries.filter(({ name }) => !ofStations.has(name)).map((summary) => [
      summary.name,
      written(summary.value, summary.unit),
      summary.unit === "count" || summary.unit === "ratio" ? "" : summary.unit,
      summary.bare === undefined ? "" : `${written(summary.bare.value, summary.unit)} ${summary.bare.what}`,
      summary.ratio === undefined ? "" : summary.ratio.toFixed(2),
      boundText(summary),
      summary.verdict ?? "",
    ]),
  );
}

/** Where the time of it goes, station by station; undefined where it was not measured. */
export function stationsTable(summaries: readonly Summary[], costed: Costed): string | undefined {
  const total = summaries.find(({ name }) => name === costFigure(costed));
  const rows = STATIONS.flatMap(({ station, does }) => {
    const figure = summaries.find(({ name }) => name === costFigure(costed, station));
    return figure === undefined ? [] : [[station, does, written(figure.value, "us")]];
  });
  if (total === undefined || rows.length === 0) return undefined;
  return table(["station", "what it does", `us ${costed}`], [...rows, ["all", "", written(total.value, "us")]]);
}

/** Cells must not hold `|`. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(3, head.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function boundText({ unit, bound }: Figure): string {
  if (bound === undefined) return "";
  const { atLeast, atMost, ofBare } = bound;
  const value = atLeast !== undefined && atMost !== undefined
    ? `${written(atLeast, unit)} to ${written(atMost, unit)}`
    : atLeast !== undefined
    ? `at least ${written(atLeast, unit)}`
    : atMost !== undefined
    ? `at most ${written(atMost, unit)}`
    : "";
  if (ofBare === undefined) return value;
  const ratio = `${unit === "1/s" ? "at least" : "at most"} ${ofBare} x bare`;
  return value === "" ? ratio : `${value}, ${ratio}`;
}

const DIGITS: Readonly<Record<Figure["unit"], number>> = {
  "1/s": 0,
  ms: 2,
  us: 1,
  MiB: 0,
  bytes: 0,
  count: 1,
  ratio: 2,
};

/** Thousands are parted; a whole count has no fraction. */
function written(value: number, unit: Figure["unit"]): string {
  const digits = DIGITS[unit];
  return value.toLocaleString("en-US", {
    minimumFractionDigits: unit === "count" ? 0 : digits,
    maximumFractionDigits: digits,
  });
}
