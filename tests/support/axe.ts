import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/**
 * What the page does not give to those who see, hear or move otherwise: faults that axe-core calls serious or critical,
 * each with the elements that have it. `rules`: only those of axe-core, all without. @see WCAG 2.2
 */
export async function graveFaultsOn(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(axe.source);
  // What is well is most of what it knows, and nobody asks for that.
  const options = JSON.stringify({ resultTypes: ["violations"], ...rules && { runOnly: rules } });
  const violations = await page.evaluate(
    `axe.run(${options}).then(({ violations }) => violations)`,
  ) as AxeResults["violations"];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
