import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { inEachWindow } from "../support/each_window.ts";
import { openPage, shareBrowser } from "../support/open_page.ts";
import { newestJob as row, overflowOf } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

Deno.test("the page fits its window, narrow or wide, light or dark", async (t) => {
  await using opened = await openPage(theServer());
  const { page, browser } = opened;
  const look = async () => assert.equal(await overflowOf(page), 0);
  await page.click("#submit-button");
  await row(page).getByText("Succeeded").waitFor();

  await page.reload();
  await page.click("#options summary");
  await row(page).getByText("Succeeded").waitFor();
  await inEachWindow(t, { page, browser, name: "page", look });
  await row(page).click();
  await page.getByText("Attempt 1 succeeded").waitFor();
  await inEachWindow(t, { page, browser, name: "detail", look });
  opened.assertNoComplaints();
});

Deno.test("what was given up, parked and paused fits its window, narrow or wide, light or dark", async (t) => {
  await using opened = await openPage(theServer());
  const { page, browser, server } = opened;
  const { send, submit } = apiOf(server);
  const look = async () => assert.equal(await overflowOf(page), 0);
  const long = "x".repeat(150);
  for (const breaks of [true, true, false]) {
    await (await send("POST", `/api/actors/brittle/${long}/touch`, { breaks })).body?.cancel();
  }
  await submit({ type: "import", payload: { dataset: "customers", content: "id\n1\n", key: long } });
  await (await send("POST", "/api/kinds/import/pause")).body?.cancel();

  await page.goto(opened.address("/?view=dead-letters"));
  await page.locator(".letter").nth(2).waitFor();
  for (const part of ["Stack", "Payload"]) await page.locator(".letter summary", { hasText: part }).first().click();
  await inEachWindow(t, { page, browser, name: "letters", look });
  await page.locator("#views").getByText("Supervision").click();
  await page.locator("#parked li").waitFor();
  await inEachWindow(t, { page, browser, name: "supervision", look });
  opened.assertNoComplaints();
});

Deno.test("a browser is told to run nothing but the page's own files, and gets no others", async () => {
  const server = theServer();
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
