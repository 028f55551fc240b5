import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { type OpenPage, openPage, shareBrowser } from "../support/open_page.ts";
import { newestJob as row, overflowOf } from "../support/page_parts.ts";
import { startServer } from "../support/running_server.ts";

shareBrowser();

const env = { ACTORS: "tests/support/actors/mod.ts" };

const WINDOWS = [390, 1440].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme })));

/** Loads the page in each of the windows, one after the other. */
async function inEachWindow(
  t: Deno.TestContext,
  { page, server, assertNoComplaints }: OpenPage,
  path: string,
  look: (window: string) => Promise<void>,
): Promise<void> {
  for (const { width, scheme } of WINDOWS) {
    await t.step(`${width} pixels in ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(server.url + path);
      await page.getByText("Connected", { exact: true }).waitFor();
      await look(`${scheme}-${width}`);
      assertNoComplaints();
    });
  }
}

Deno.test("the page fits its window, narrow or wide, light or dark", async (t) => {
  await using opened = await openPage();
  const { page, browser } = opened;
  await page.click("#submit-button");
  await row(page).getByText("Succeeded").waitFor();

  await inEachWindow(t, opened, "/", async (window) => {
    await page.click("#options summary");
    await row(page).getByText("Succeeded").waitFor();
    assert.equal(await overflowOf(page), 0);
    await browser.screenshot(page, `page-${window}`);
    await row(page).click();
    await page.getByText("Attempt 1 succeeded").waitFor();

    assert.equal(await overflowOf(page), 0);
    await browser.screenshot(page, `detail-${window}`);
  });
});

Deno.test("what was given up, parked and paused fits its window, narrow or wide, light or dark", async (t) => {
  await using opened = await openPage({ env });
  const { page, browser, server } = opened;
  const { send, submit } = apiOf(server);
  const long = "x".repeat(150);
  for (const breaks of [true, true, false]) {
    await (await send("POST", `/api/actors/brittle/${long}/touch`, { breaks })).body?.cancel();
  }
  await submit({ type: "import", payload: { dataset: "customers", content: "id\n1\n", key: long } });
  await (await send("POST", "/api/kinds/import/pause")).body?.cancel();

  await inEachWindow(t, opened, "/?view=dead-letters", async (window) => {
    await page.locator(".letter").nth(2).waitFor();
    for (const part of ["Stack", "Payload"]) await page.locator(".letter summary", { hasText: part }).first().click();
    assert.equal(await overflowOf(page), 0);
    await browser.screenshot(page, `letters-${window}`);
    await page.locator("#views").getByText("Supervision").click();
    await page.locator("#parked li").waitFor();

    assert.equal(await overflowOf(page), 0);
    await browser.screenshot(page, `supervision-${window}`);
  });
});

Deno.test("a browser is told to run nothing but the page's own files, and gets no others", async () => {
  await using server = await startServer();
  const page = await fetch(`${server.url}/`);
  const script = await fetch(`${server.url}/assets/app.js`);
  const again = await fetch(script.url, { headers: { "if-none-match": script.headers.get("etag") ?? "" } });
  const outside = await fetch(`${server.url}/assets/..%2fmod.ts`);

  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self';.*frame-ancestors 'none'/);
  assert.doesNotMatch(await page.text(), /<script>|<style|\sstyle=|\son\w+=/);
  assert.equal(script.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal(script.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual([again.status, outside.status], [304, 404]);
  await Promise.all([script, again, outside].map((response) => response.body?.cancel()));
});
