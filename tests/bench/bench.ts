/**
 * All measurements as one command: runs each scenario several times in a process of its own, tells a person how far it
 * is, and ends with the medians. Exit code 1 says that a scenario failed; a bound that is not met is no failure, as what
 * else the machine does bears on it.
 */
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { figuresTable, stationsTable } from "./report.ts";
import { runScenario, type ScenarioResult } from "./run_scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { COSTED } from "./stations.ts";
import { summarize } from "./summary.ts";

const RUNS = { full: 5, quick: 1 };
/** A quick run shows whether all of it works, and not how fast: much of it waits, so several go at once. */
const AT_ONCE = { full: 1, quick: 4 };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    runs: { type: "string" },
    minutes: { type: "string" },
    json: { type: "string" },
  },
});

// deno-lint-ignore no-console -- a command that reports to a person
const say = console.error;
// deno-lint-ignore no-console -- what it was run for
const print = console.log;

function give(up: string): never {
  say(up);
  Deno.exit(2);
}

function positive(text: string, option: string, pattern: RegExp): number {
  return pattern.test(text) && Number(text) > 0
    ? Number(text)
    : give(`--${option} must be a number above 0, not ${text}`);
}

const known = Object.keys(SCENARIOS);
const names = values.only?.split(",") ?? known;
for (const name of names) {
  if (!known.includes(name)) give(`There is no scenario ${name}; there are ${known.join(", ")}`);
}
const scale = values.quick ? "quick" : "full";
const runs = values.runs === undefined ? RUNS[scale] : positive(values.runs, "runs", /^\d{1,4}$/);
const minutes = values.minutes === undefined
  ? {}
  : { minutes: positive(values.minutes, "minutes", /^\d{1,4}(\.\d+)?$/) };

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());

const date = new Date();
const machine = await describeMachine();
say(
  `${machine.cores} cores of ${machine.cpu}, ${machine.memoryMib} MiB, Deno ${machine.deno}, ` +
    `a bare commit takes ${machine.bareCommitMs.toFixed(2)} ms`,
);
const results: ScenarioResult[] = [];
// Those that take longest stand last.
const waiting = scale === "quick" ? names.toReversed() : [...names];
async function lane(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined && !stop.signal.aborted; name = waiting.shift()) {
    const tell = (line: string) => say(scale === "quick" && line.startsWith(" ") ? `${name}:${line}` : line);
    results.push(await runScenario({ name, scale, runs, ...minutes }, { signal: stop.signal, tell }));
  }
}
await Promise.all(Array.from({ length: AT_ONCE[scale] }, lane));
results.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
if (stop.signal.aborted) say("Stopped: what follows is of the runs that had ended");

const medians = results.flatMap((result) => summarize(result.runs).map((one) => ({ scenario: result.name, ...one })));
const seconds = performance.now() / 1_000;
const stations = COSTED.flatMap((costed) => stationsTable(medians, costed) ?? []);
print(figuresTable(medians));
if (stations.length > 0) print(`\nWhere the time goes:\n\n${stations.join("\n\n")}`);
const small = scale === "quick" ? " The bounds are meant for the full size: this was the quick one." : "";
print(`\n${date.toISOString().slice(0, 10)}, ${machine.cores} cores, ${seconds.toFixed(0)} s in all.${small}`);
if (values.json !== undefined) {
  const report = { date: date.toISOString(), machine, scale, runs, scenarios: results, medians };
  await Deno.writeTextFile(values.json, JSON.stringify(report, null, 2));
}
if (stop.signal.aborted) Deno.exit(130);
const failed = results.filter((result) => result.failed !== undefined);
for (const { name } of failed) say(`${name} failed`);
Deno.exit(failed.length > 0 ? 1 : 0);
