import { type Browser, chromium, type Page } from "playwright-core";
import { join } from "node:path";
import { chromiumArguments, unpackChromium, withTempDir } from "./chromium.ts";

export interface BrowserOptions {
  /** Where screenshots are kept; without it (and without SCREENSHOTS_DIR) they go when the browser does. */
  readonly screenshotsDir?: string;
}

/** A headless Chromium of one test. It reaches loopback addresses only, so a page that loads from elsewhere shows it. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens a tab in a context of its own: cookies and storage are shared with no other tab. */
  newPage(): Promise<Page>;
  /** Saves what the tab shows as `<name>.png` and answers the file's path. */
  screenshot(page: Page, name: string): Promise<string>;
  /** The same for a person who asks for pictures with SCREENSHOTS_DIR; otherwise nothing. */
  picture(page: Page, name: string): Promise<void>;
}

/** Starts the browser; the first start of a test file unpacks it, which takes some seconds. */
export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const executablePath = await unpackChromium();
  const workDir = await Deno.makeTempDir({ prefix: "mailroom-browser-" });
  const screenshotsDir = options.screenshotsDir ?? Deno.env.get("SCREENSHOTS_DIR") ?? join(workDir, "screenshots");

  let browser: Browser;
  try {
    browser = await withTempDir(workDir, () => launch(executablePath));
  } catch (error) {
    await Deno.remove(workDir, { recursive: true });
    throw error;
  }

  const screenshot = async (page: Page, name: string) => {
    await Deno.mkdir(screenshotsDir, { recursive: true });
    const path = join(screenshotsDir, `${name}.png`);
    await page.screenshot({ path });
    return path;
  };

  return {
    newPage: () => browser.newPage(),
    screenshot,
    async picture(page, name) {
      if (Deno.env.has("SCREENSHOTS_DIR")) await screenshot(page, name);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await Deno.remove(workDir, { recursive: true });
    },
  };
}

/** One start in some hundreds ends with SIGSEGV before there is a page: that says nothing of ours, and it is started again. */
async function launch(executablePath: string, starts = 3): Promise<Browser> {
  try {
    return await chromium.launch({
      executablePath,
      headless: true,
      args: chromiumArguments(),
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    if (starts === 1 || !(error as Error).message.includes("signal=SIGSEGV")) throw error;
    return await launch(executablePath, starts - 1);
  }
}
