import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { openPage, type PagesOf, shareBrowser } from "../support/open_page.ts";
import { eventsOn, newestJob as row } from "../support/page_parts.ts";
import { startServer } from "../support/running_server.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

for (const refusals of [0, 1]) {
  const how = refusals === 0 ? "was away" : "was away and first answered 503";
  Deno.test(`my page catches up by itself when the server ${how}`, async () => {
    await using server = await startServer();
    await using opened = await openPage(server);
    const { page } = opened;
    let left = refusals;

    await page.click("#submit-button");
    await row(page).getByText("Succeeded").waitFor();
    await server.stop();
    await page.getByText("Reconnecting…").waitFor();
    await page.getByText("Offline").waitFor();
    await page.route("**/stream?*", (route) => left-- > 0 ? route.fulfill({ status: 503 }) : route.continue());
    await server.restart();
    await submitMany(server, 1);

    await page.getByText("Connected", { exact: true }).waitFor();
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.locator("#jobs-rows .chip", { hasText: "Succeeded" }).nth(1).waitFor();
    const numbers = await page.locator("#live-events .number").allInnerTexts();
    assert.deepEqual(numbers, numbers.map((_, index) => `${numbers.length - index}`));
  });
}

Deno.test("I hold the events still and go on working while a thousand jobs rush by", async () => {
  await using opened = await openPage(theServer());
  const { page, server } = opened;

  await page.click("#live-pause");
  await submitMany(server, 1_000);
  await page.locator("#live-pause", { hasText: /^Resume, [\d,]+ new$/ }).waitFor();
  assert.deepEqual(await eventsOn(page), []);
  await page.locator("#jobs-rows .chip", { hasText: "Succeeded" }).nth(199).waitFor();
  await page.click("#live-pause");
  await page.locator("#live-events li").nth(199).waitFor();

  assert.equal(await page.locator("#live-events li").count(), 200);
  assert.equal(await page.locator("#jobs-rows tr").count(), 200);
  await page.click("#jobs-more");
  await page.locator("#jobs-rows tr").nth(249).waitFor();
  opened.assertNoComplaints();
});

async function submitMany(server: PagesOf, count: number): Promise<void> {
  const job = { type: "import", payload: { dataset: "flood", content: "id\n1\n" } };
  const response = await apiOf(server).send("POST", "/api/jobs/batch", { jobs: Array(count).fill(job) });
  assert.equal(response.status, 201);
  await response.body?.cancel();
}
