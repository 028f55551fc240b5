import type { Figure } from "./scenario.ts";
import { median } from "./statistics.ts";

/** What several runs say of one figure. */
export interface Summary extends Figure {
  /** Of value and bare of the same run: the median of the runs' ratios, not the ratio of the medians. */
  readonly ratio?: number;
  readonly verdict?: Verdict;
}

/** `by value` and `by ratio`: only the one is within its bound, as on a machine that is slow, or busy with other things. */
export type Verdict = "met" | "not met" | "by value" | "by ratio";

/** The medians of all figures, in the order in which the runs tell of them. */
export function summarize(runs: readonly (readonly Figure[])[]): Summary[] {
  const byName = Map.groupBy(runs.flat(), ({ name }) => name);
  return [...byName.values()].map((figures) => {
    const latest = figures.at(-1)!;
    const bares = figures.flatMap(({ bare }) => bare ?? []);
    const value = median(figures.map((figure) => figure.value));
    if (latest.bare === undefined || bares.length < figures.length) {
      return judged({ ...latest, value });
    }
    return judged({
      ...latest,
      value,
      bare: { what: latest.bare.what, value: median(bares.map((bare) => bare.value)) },
      ratio: median(figures.map((figure) => figure.value / figure.bare!.value)),
    });
  });
}

function judged(summary: Summary): Summary {
  const { value, ratio, unit, bound } = summary;
  if (bound === undefined) return summary;
  const { atLeast, atMost, ofBare } = bound;
  const ofValue = atLeast === undefined && atMost === undefined
    ? undefined
    : value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const ofRatio = ofBare === undefined || ratio === undefined
    ? undefined
    : unit === "1/s"
    ? ratio >= ofBare
    : ratio <= ofBare;
  return { ...summary, verdict: verdictOf(ofValue, ofRatio) };
}

function verdictOf(ofValue: boolean | undefined, ofRatio: boolean | undefined): Verdict {
  if (ofValue === undefined || ofRatio === undefined) return ofValue ?? ofRatio ? "met" : "not met";
  if (ofValue && ofRatio) return "met";
  return ofValue ? "by value" : ofRatio ? "by ratio" : "not met";
}
