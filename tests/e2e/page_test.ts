import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { openPage } from "../support/open_page.ts";
import { startServer } from "../support/running_server.ts";

Deno.test("S2-19: I submit an import with the keyboard alone and watch it succeed in the browser", async () => {
  await using opened = await openPage();
  const { page, tabTo } = opened;

  await tabTo("#dataset");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("people");
  await tabTo("#submit-button");
  await page.keyboard.press("Enter");
  await page.locator("#submit-outcome", { hasText: "The import has succeeded." }).waitFor();

  await tabTo(".opener");
  await page.keyboard.press("Enter");
  assert.equal(await focusedText(page), "import");
  await page.getByRole("region", { name: "Result" }).getByText("people").waitFor();
  await page.locator(".lines", { hasText: "import finished" }).waitFor();
  await page.keyboard.press("Escape");

  assert.ok(await page.locator("#detail").isHidden());
  assert.equal(await page.locator(".opener:focus").count(), 1);
  opened.assertNoComplaints();
});

Deno.test("S2-19: I see in the browser why my import failed and retry it", async () => {
  await using opened = await openPage();
  const { page } = opened;
  const reason = 'The key "email" is not a column; the header has "id", "name", "city"';

  await page.fill("#key", "email");
  await page.click("#submit-button");
  await row(page).getByText("Failed").waitFor();
  await row(page).getByText(reason).waitFor();
  await row(page).click();
  const detail = page.locator("#detail");
  await detail.locator(".ending").getByText(reason).waitFor();
  await detail.getByRole("button", { name: "Retry" }).click();

  await detail.getByText("Queued again by hand").waitFor();
  await detail.getByText("Attempt 1 failed").nth(1).waitFor();
  const told = (await events(page)).filter((type) => type === "job.queued" || type === "job.failed");
  assert.deepEqual(told, ["job.failed", "job.queued", "job.failed", "job.queued"]);
  opened.assertNoComplaints();
});

Deno.test("I cancel a job that was to start in an hour", async () => {
  await using opened = await openPage();
  const { page } = opened;

  await page.click("#options summary");
  await page.fill("#delay", "1");
  await page.selectOption("[name=delayUnit]", "h");
  await page.click("#submit-button");
  await row(page).getByText(/^Starts in (1 h|59 min)$/).waitFor();
  await row(page).getByRole("button", { name: "Cancel" }).click();

  await row(page).locator(".chip", { hasText: "Cancelled" }).waitFor();
  await page.getByText("The import was cancelled.").waitFor();
  assert.ok(await row(page).getByRole("button", { name: "Retry" }).isVisible());
  opened.assertNoComplaints();
});

Deno.test("I open a job before it starts and see what becomes of it", async () => {
  await using opened = await openPage();
  const { page } = opened;

  await page.click("#options summary");
  await page.fill("#delay", "6");
  await page.click("#submit-button");
  await page.click("#submit-open");
  const timeline = page.locator("#detail .timeline");
  await timeline.getByText("Starts", { exact: true }).waitFor();

  await timeline.getByText("Attempt 1 succeeded").waitFor();
  await page.getByRole("region", { name: "Result" }).getByText("customers").waitFor();
  opened.assertNoComplaints();
});

Deno.test("I am told at the field what is wrong with my job", async () => {
  await using opened = await openPage();
  const { page } = opened;

  await page.fill("#dataset", "two words");
  await page.click("#submit-button");
  await page.locator("#dataset-fault").waitFor();

  assert.equal(await page.getAttribute("#dataset", "aria-describedby"), "dataset-fault");
  assert.equal(await page.locator("#dataset:focus").count(), 1);
  assert.match(await page.locator("#dataset-fault").innerText(), /^Must be words/);
  assert.ok(await page.getByText("No jobs yet").isVisible());
});

Deno.test("S2-19: I upload a file in the browser and its rows are imported", async () => {
  await using opened = await openPage();
  const { page } = opened;

  const buffer = Buffer.from('{"sku":"A1"}\n{"sku":"A2"}\n');
  await page.setInputFiles("#file", { name: "products.ndjson", mimeType: "", buffer });
  assert.ok(await page.isDisabled("#content"));
  await page.click("#submit-button");
  await row(page).getByText("2 rows imported, 0 rejected").waitFor();

  await row(page).click();
  const download = page.waitForEvent("download");
  await page.locator("#detail").getByRole("link", { name: "JSON" }).click();
  assert.match((await download).suggestedFilename(), /^import-.*\.json$/);
  opened.assertNoComplaints();
});

Deno.test("I look at the failed jobs only, and see none of another tenant's", async () => {
  await using opened = await openPage();
  const { page } = opened;

  await page.click("#submit-button");
  await row(page).getByText("Succeeded").waitFor();
  await page.getByText("Failed", { exact: true }).click();
  await page.getByText("No job is failed").waitFor();
  await page.click("#submit-button");
  await page.locator("#submit-outcome", { hasText: "The import has succeeded." }).waitFor();
  assert.equal(await page.locator("#jobs-rows tr").count(), 0);
  await page.fill("#key", "email");
  await page.click("#submit-button");
  await row(page).locator(".chip", { hasText: "Failed" }).waitFor();

  await page.fill("#tenant", "acme");
  await page.click("#tenant-switch");
  await page.getByText("No jobs yet").waitFor();

  assert.equal(new URL(page.url()).searchParams.get("tenant"), "acme");
  assert.equal(await page.inputValue("#tenant"), "acme");
  opened.assertNoComplaints();
});

for (const refusals of [0, 1]) {
  const how = refusals === 0 ? "was away" : "was away and first answered 503";
  Deno.test(`my page catches up by itself when the server ${how}`, async () => {
    await using opened = await openPage();
    const { page, server } = opened;
    let left = refusals;

    await page.click("#submit-button");
    await row(page).getByText("Succeeded").waitFor();
    await server.stop();
    await page.getByText("Reconnecting…").waitFor();
    await page.getByText("Offline").waitFor();
    await page.route("**/stream?*", (route) => left-- > 0 ? route.fulfill({ status: 503 }) : route.continue());
    await server.restart();
    await submitMany(server.url, 1);

    await page.getByText("Connected", { exact: true }).waitFor();
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.locator("#jobs-rows .chip", { hasText: "Succeeded" }).nth(1).waitFor();
    const numbers = await page.locator("#live-events .number").allInnerTexts();
    assert.deepEqual(numbers, numbers.map((_, index) => `${numbers.length - index}`));
  });
}

Deno.test("I hold the events still and go on working while a thousand jobs rush by", async () => {
  await using opened = await openPage();
  const { page, server } = opened;

  await page.click("#live-pause");
  await submitMany(server.url, 1_000);
  await page.locator("#live-pause", { hasText: /^Resume, [\d,]+ new$/ }).waitFor();
  assert.deepEqual(await events(page), []);
  await page.locator("#jobs-rows .chip", { hasText: "Succeeded" }).nth(199).waitFor();
  await page.click("#live-pause");
  await page.locator("#live-events li").nth(199).waitFor();

  assert.equal(await page.locator("#live-events li").count(), 200);
  assert.equal(await page.locator("#jobs-rows tr").count(), 200);
  await page.click("#jobs-more");
  await page.locator("#jobs-rows tr").nth(249).waitFor();
  opened.assertNoComplaints();
});

for (const width of [390, 1440]) {
  for (const scheme of ["light", "dark"] as const) {
    Deno.test(`the page fits a window of ${width} pixels in ${scheme}`, async () => {
      await using opened = await openPage({ width, scheme });
      const { page, browser } = opened;

      await page.click("#options summary");
      await page.click("#submit-button");
      await row(page).getByText("Succeeded").waitFor();
      assert.equal(await overflow(page), 0);
      await browser.screenshot(page, `page-${scheme}-${width}`);
      await row(page).click();
      await page.getByText("Attempt 1 succeeded").waitFor();

      assert.equal(await overflow(page), 0);
      await browser.screenshot(page, `detail-${scheme}-${width}`);
      opened.assertNoComplaints();
    });
  }
}

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

/** The newest job in the table. */
function row(page: Page): ReturnType<Page["locator"]> {
  return page.locator("#jobs-rows tr").first();
}

/** The types of the events that "Live" shows, newest first. */
async function events(page: Page): Promise<readonly string[]> {
  return await page.locator("#live-events .what").allInnerTexts();
}

async function focusedText(page: Page): Promise<string> {
  return await page.locator(":focus").innerText();
}

/** How much wider the page is than its window. */
async function overflow(page: Page): Promise<number> {
  return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

async function submitMany(url: string, count: number): Promise<void> {
  const job = { type: "import", payload: { dataset: "flood", content: "id\n1\n" } };
  const body = JSON.stringify({ jobs: Array(count).fill(job) });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/jobs/batch`, { method: "POST", headers, body });
  assert.equal(response.status, 201);
  await response.body?.cancel();
}
