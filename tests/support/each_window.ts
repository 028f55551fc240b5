import type { Page } from "playwright-core";
import type { TestBrowser } from "./browser.ts";

/** The rules of axe-core that depend on colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What a page has to be in both themes: all of it in one, and in the other what a theme can change. */
const SCHEMES = [
  { scheme: "light", rules: undefined },
  { scheme: "dark", rules: COLOUR_RULES },
] as const;

export interface EachWindow {
  readonly page: Page;
  readonly browser: TestBrowser;
  /** Of what is shown. */
  readonly name: string;
  /** What it looks at is in place when the look ends. `rules`: those of axe-core to look for; all without. */
  readonly look: (window: { readonly rules: readonly string[] | undefined }) => Promise<void>;
}

/**
 * Looks at what the page shows in a narrow and a wide window, light and dark, each a step. It is not loaded anew for that:
 * pages obey their window while one looks at them, as when a phone is turned.
 */
export async function inEachWindow(t: Deno.TestContext, { page, browser, name, look }: EachWindow): Promise<void> {
  for (const width of [390, 1440]) {
    for (const { scheme, rules } of SCHEMES) {
      await t.step(`${name}, ${width} pixels in ${scheme}`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        // The page hears of its new width right before it is drawn.
        await page.evaluate("new Promise(requestAnimationFrame)");
        await look({ rules });
        await browser.picture(page, `${name}-${scheme}-${width}`);
      });
    }
  }
}
