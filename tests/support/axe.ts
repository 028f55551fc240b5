import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/**
 * What the page does not give to those who see, hear or move otherwise: faults that axe-core calls serious or critical,
 * each with the elements that have it. @see WCAG 2.2
 */
export async function graveFaultsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
