import assert from "node:assert/strict";
import { figuresTable, stationsTable, table } from "../bench/report.ts";
import type { Figure } from "../bench/scenario.ts";
import { costFigure, perJob, type StationTimes } from "../bench/stations.ts";
import { summarize } from "../bench/summary.ts";

Deno.test("table() has columns as wide as their widest cell, as the formatter wants them", () => {
  assert.equal(
    table(["a", "head"], [["cell", "b"], ["c", "longer"]]),
    "| a    | head   |\n| ---- | ------ |\n| cell | b      |\n| c    | longer |",
  );
});

Deno.test("figuresTable() shows value, bare measure, ratio, bound and verdict of each figure but the stations'", () => {
  const rows = rowsOf([
    {
      name: "jobs a second",
      unit: "1/s",
      value: 21_234.4,
      bare: { what: "six writes a job", value: 30_000 },
      bound: { atLeast: 20_000, ofBare: 0.6 },
    },
    {
      name: "idle",
      unit: "ms",
      value: 0.567,
      bare: { what: "a commit", value: 0.2 },
      bound: { atMost: 0.6, ofBare: 2 },
    },
    { name: "turns", unit: "ratio", value: 3, bound: { atLeast: 2.7, atMost: 3.3 } },
    { name: costFigure("a job", "main thread"), unit: "us", value: 35 },
    { name: "rows", unit: "count", value: 4 },
  ]);
  assert.deepEqual(rows, [
    ["figure", "value", "unit", "bare", "ratio", "bound", "met"],
    [
      "jobs a second",
      "21,234",
      "1/s",
      "30,000 six writes a job",
      "0.71",
      "at least 20,000, at least 0.6 x bare",
      "met",
    ],
    ["idle", "0.57", "ms", "0.20 a commit", "2.83", "at most 0.60, at most 2 x bare", "by value"],
    ["turns", "3.00", "", "", "", "2.70 to 3.30", "met"],
    ["rows", "4", "", "", "", "", ""],
  ]);
});

Deno.test("stationsTable() lists the stations of the loop with what a job costs there, and all together", () => {
  const figures: Figure[] = [
    { name: costFigure("a job", "writer thread"), unit: "us", value: 40 },
    { name: costFigure("a job"), unit: "us", value: 75 },
    { name: costFigure("a job", "main thread"), unit: "us", value: 35 },
  ];
  const cells = stationsTable(summarize([figures]), "a job")!.split("\n").map(cellsOf);
  assert.deepEqual(cells.map(([station, , us]) => [station, us]).filter((_, row) => row !== 1), [
    ["station", "us a job"],
    ["main thread", "35.0"],
    ["writer thread", "40.0"],
    ["all", "75.0"],
  ]);
});

Deno.test("stationsTable() has nothing to say where threads were not measured", () => {
  const summaries = summarize([[{ name: "jobs a second", unit: "1/s", value: 1 }]]);
  assert.equal(stationsTable(summaries, "a job"), undefined);
  assert.equal(stationsTable(summaries, "a scan event"), undefined);
});

Deno.test("perJob() is what was used in between, and nothing where threads have ended", () => {
  const before: StationTimes = new Map([["main thread", 1_000], ["other threads", 500]]);
  const after: StationTimes = new Map([["main thread", 5_000], ["writer thread", 200], ["other threads", 100]]);
  const used = perJob(before, after, 10);
  assert.deepEqual(
    (["main thread", "writer thread", "other threads"] as const).map((station) => used.get(station)),
    [400, 20, 0],
  );
});

function rowsOf(figures: readonly Figure[]): string[][] {
  return figuresTable(summarize([figures])).split("\n").filter((_, line) => line !== 1).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}
