import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "./browser.ts";
import type { SharedServer } from "./shared_server.ts";

/** A server, and whose pages of it are opened: the tenant of its own that a shared one has, or the one that all begin with. */
export type PagesOf = Pick<SharedServer, "url"> & { readonly tenant?: string };

/** A page in a window of its own: nothing that it keeps is another's. */
export interface OpenPage<Server extends PagesOf = PagesOf> extends AsyncDisposable {
  readonly page: Page;
  /** Its own, unless the tests of the file share one. */
  readonly browser: TestBrowser;
  readonly server: Server;
  /** Of a page of this server, for the same tenant. */
  address(path: string): string;
  /** Presses Tab until the element has the focus. @throws {Error} when 60 times are not enough */
  tabTo(selector: string): Promise<void>;
  /** @throws {AssertionError} when the console has an error or the content security policy was broken */
  assertNoComplaints(): void;
}

export interface PageOptions {
  readonly path?: string;
  /** What it says when it follows the event stream. */
  readonly says?: string;
}

let shared: TestBrowser | undefined;
let isShared = false;

/**
 * The tests of a file that calls this open their pages in one browser, which starts before the first of them; so do those
 * of all such files that one process loads. What is answered is for tests, which run when it has started.
 */
export function shareBrowser(): () => TestBrowser {
  if (!isShared) {
    isShared = true;
    Deno.test.beforeAll(async () => void (shared = await openBrowser()));
    Deno.test.afterAll(async () => await shared?.[Symbol.asyncDispose]());
  }
  return () => shared!;
}

/** Opens `/` unless it is told otherwise, in a window of 1440 pixels, and resolves when the page follows the event stream. */
export async function openPage<Server extends PagesOf>(
  server: Server,
  { path = "/", says = "Connected" }: PageOptions = {},
): Promise<OpenPage<Server>> {
  await using parts = new AsyncDisposableStack();
  const browser = shared ?? parts.use(await openBrowser());
  const page = await browser.newPage();
  parts.defer(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.setViewportSize({ width: 1440, height: 900 });
  const address = (path: string) => addressOf(server, path);
  await page.goto(address(path));
  await page.getByText(says, { exact: true }).waitFor();

  const kept = parts.move();
  return {
    page,
    browser,
    server,
    address,
    async tabTo(selector) {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press("Tab");
        if (await page.locator(`${selector}:focus`).count() > 0) return;
      }
      throw new Error(`The keyboard does not lead to ${selector}`);
    },
    assertNoComplaints: () => assert.deepEqual(complaints, []),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function addressOf({ url, tenant }: PagesOf, path: string): string {
  const address = new URL(url + path);
  if (tenant !== undefined) address.searchParams.set("tenant", tenant);
  return String(address);
}
