import { type Campaign, courseRandom, type Finding, type Result } from "./torture_campaign.ts";

/** What a campaign found, as it stands in the report. */
export interface CampaignReport extends Result {
  readonly name: string;
  readonly shows: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly checks: number;
  readonly violations: number;
}

/** A campaign that cannot finish has found something too. */
export async function runCampaign(
  campaign: Campaign,
  { rounds, seed, tell }: { rounds: number; seed: number; tell: (line: string) => void },
): Promise<CampaignReport> {
  const { name, shows } = campaign;
  const begunAt = performance.now();
  let round = 0;
  const tellRound = (line: string) => tell(`  ${name} ${++round}/${rounds} ${line}`);
  const course = { rounds, random: courseRandom(seed, campaign), tell: tellRound };
  const { findings, figures } = await campaign.run(course).catch(unfinished);
  for (const each of findings.filter(({ violated }) => violated > 0)) tell(`  VIOLATED ${described(each)}`);
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  const checks = findings.reduce((sum, { checked }) => sum + checked, 0);
  const violations = findings.reduce((sum, { violated }) => sum + violated, 0);
  tell(`  ${name}: ${checks} checks, ${violations} violations, ${seconds} s`);
  return { name, shows, rounds, seconds, checks, violations, findings, figures };
}

/** For a person: a line for each campaign, and what it measured. */
export function table(reports: readonly CampaignReport[]): string {
  const rows = reports.map(({ name, rounds, checks, violations, seconds, figures }) => {
    const { slowestReadyMs, ...others } = figures;
    const measured = Object.entries(others).map(([figure, value]) => `${figure} ${value}`).join(", ");
    const ready = slowestReadyMs === undefined ? "" : `${slowestReadyMs} ms`;
    return [name, String(rounds), String(checks), String(violations), ready, `${seconds} s`, measured];
  });
  const all = [["campaign", "rounds", "checks", "violations", "slowest ready", "took", "measured"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
  return lines.join("\n");
}

/** What did not hold, and examples. */
export function described({ check, checked, violated, examples }: Finding): string {
  return [`"${check}": ${violated} of ${checked}`, ...examples].join("\n    ");
}

function unfinished(error: unknown): Result {
  const example = error instanceof Error ? error.stack ?? error.message : String(error);
  const finding = { check: "the campaign can finish", checked: 1, violated: 1, examples: [example] };
  return { findings: [finding], figures: {} };
}
