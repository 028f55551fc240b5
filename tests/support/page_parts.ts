import type { Locator, Page } from "playwright-core";

/** The newest job in the table. */
export function newestJob(page: Page): Locator {
  return page.locator("#jobs-rows tr").first();
}

/** The types of the events that "Live" shows, newest first. */
export async function eventsOn(page: Page): Promise<readonly string[]> {
  return await page.locator("#live-events .what").allInnerTexts();
}

export async function focusedText(page: Page): Promise<string> {
  return await page.locator(":focus").innerText();
}

/** How much wider the page is than its window. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
