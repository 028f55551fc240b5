import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openPage, shareBrowser } from "../support/open_page.ts";
import { eventsOn, focusedText, newestJob as row } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

Deno.test("S2-19: I submit an import with the keyboard alone and watch it succeed in the browser", async () => {
  await using opened = await openPage(theServer());
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
  await using opened = await openPage(theServer());
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
  const told = (await eventsOn(page)).filter((type) => type === "job.queued" || type === "job.failed");
  assert.deepEqual(told, ["job.failed", "job.queued", "job.failed", "job.queued"]);
  opened.assertNoComplaints();
});

Deno.test("I cancel a job that was to start in an hour", async () => {
  await using opened = await openPage(theServer());
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
  await using opened = await openPage(theServer());
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
  await using opened = await openPage(theServer());
  const { page } = opened;

  await page.fill("#dataset", "two words");
  await page.click("#submit-button");
  await page.locator("#dataset-fault").waitFor();

  assert.equal(await page.getAttribute("#dataset", "aria-describedby"), "dataset-fault");
  assert.equal(await page.locator("#dataset:focus").count(), 1);
  assert.match(await page.locator("#dataset-fault").innerText(), /^Must be words/);
  await page.getByText("No jobs yet").waitFor();
});

Deno.test("S2-19: I upload a file in the browser and its rows are imported", async () => {
  await using opened = await openPage(theServer());
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
  await using opened = await openPage(theServer());
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
