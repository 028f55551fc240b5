/** How one process of the suite ended, and all that it printed. */
export interface PartResult {
  readonly name: string;
  readonly code: number;
  readonly output: string;
}

export interface SuiteCount {
  readonly passed: number;
  readonly failed: number;
  /** The names of the parts that did not succeed. */
  readonly unwell: readonly string[];
}

/** `ok | 12 passed (3 steps) | 0 failed | 1 ignored (3s)`, the last line of `deno test`. */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m;
// deno-lint-ignore no-control-regex -- colours are control characters
const COLOUR = /\x1b\[[0-9;]*m/g;

/** Adds up what the processes say; one that failed without a failed test, because it did not load or died, counts as one. */
export function countOf(results: readonly PartResult[]): SuiteCount {
  let [passed, failed] = [0, 0];
  for (const { code, output } of results) {
    const [, succeeded = 0, refuted = 0] = output.replace(COLOUR, "").match(SUMMARY) ?? [];
    passed += Number(succeeded);
    failed += Math.max(Number(refuted), code === 0 ? 0 : 1);
  }
  return { passed, failed, unwell: results.filter(({ code }) => code !== 0).map(({ name }) => name) };
}

const ERRORS = /^ ERRORS $/m;
const TOLD_LINES = 120;

/**
 * Why a process did not succeed: what `deno test` says of its errors, or else what it printed last; not more than is read.
 * Indented, so that whoever adds up what processes say does not count it again.
 */
export function reasonOf({ output }: Pick<PartResult, "output">): string {
  const plain = output.replace(COLOUR, "").trimEnd();
  const errorsAt = plain.search(ERRORS);
  const lines = (errorsAt < 0 ? plain : plain.slice(errorsAt)).split("\n");
  return (errorsAt < 0 ? lines.slice(-TOLD_LINES) : lines.slice(0, TOLD_LINES)).map((line) => `  ${line}`).join("\n");
}
