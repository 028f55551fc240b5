import assert from "node:assert/strict";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf } from "../support/api.ts";
import { type OpenPage, openPage, shareBrowser } from "../support/open_page.ts";
import { focusedText } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

const path = "/streams";
const SOURCE = { seed: 7, events: 400, parcels: 20, malformedPerMille: 0, holesPerMille: 0 };

async function follow({ server }: Pick<OpenPage, "server">, stream: object): Promise<void> {
  const response = await apiOf(server).send("POST", "/api/streams", { pollIntervalMs: 100, ...stream });
  assert.equal(response.status, 201, await response.text());
}

Deno.test("I follow a source in the browser, and see its parcels move (S1-32)", async () => {
  await using source = await openScanSimulator({ ...SOURCE, released: 200 });
  await using opened = await openPage(theServer(), { path });
  const { page } = opened;
  const row = page.locator(".stream");

  await page.getByText("No stream is followed").waitFor();
  await page.fill("#stream-name", "north-depot");
  await page.fill("#stream-url", "http://10.0.0.1/scans");
  await page.click("#stream-add");
  await page.locator("#stream-url-fault").waitFor();
  await page.fill("#stream-url", source.url);
  await page.getByText("Options page size, pace").click();
  await page.fill("#stream-poll", "0.1");
  await page.fill("#stream-headers", "no header");
  await page.click("#stream-add");
  await page.locator("#stream-headers-fault").waitFor();
  await page.fill("#stream-headers", "X-Api-Key: one");
  await page.click("#stream-add");
  await page.getByText("On disk: north-depot is followed from its first event on.").waitFor();

  await row.locator("dd", { hasText: /^200$/ }).first().waitFor();
  await row.getByText("Running").waitFor();
  await page.locator("#parcel-events li", { hasText: "north-depot" }).first().waitFor();
  source.release();
  await row.locator("dd", { hasText: /^400$/ }).first().waitFor();
  const onTheWay = source.oracle().filter(({ type }) => type === "STATUS").length;
  assert.ok(onTheWay > 0);
  await row.locator(".state-legend li", { hasText: new RegExp(`^${onTheWay} on the way$`) }).waitFor();
});

Deno.test("I see why a source fails, and pause, resume, reset and delete streams with the keyboard", async () => {
  await using source = await openScanSimulator({ ...SOURCE, faults: { serverError: 1_000 } });
  await using opened = await openPage(theServer(), { path });
  const { page, tabTo } = opened;
  await follow(opened, { name: "north-depot", baseUrl: source.url });
  const row = page.locator(".stream");
  const chip = row.locator(".stream-head .chip");

  await chip.getByText("Failing").waitFor();
  await row.locator(".stream-error", { hasText: /ago/ }).waitFor();
  await tabTo(".stream [data-act=switch]");
  await page.keyboard.press("Space");
  await chip.getByText("Paused").waitFor();
  source.setFaults({});
  await page.keyboard.press("Space");
  // On a busy machine it has failed so often by now that its upstream's breaker is open, for half a minute.
  await row.locator("dd", { hasText: /^400$/ }).first().waitFor({ timeout: 90_000 });
  assert.equal(await focusedText(page), "Runs");

  await row.getByRole("button", { name: "Reset north-depot" }).click();
  await page.keyboard.type("\b390");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("390");
  await page.keyboard.press("Enter");
  await page.locator(".stream-reset").waitFor({ state: "hidden" });
  assert.equal(await focusedText(page), "Reset");
  await row.locator("dd", { hasText: /^400$/ }).first().waitFor();

  await row.getByRole("button", { name: "Delete north-depot" }).click();
  await page.locator("#confirm-yes").click();
  await page.getByText("No stream is followed").waitFor();
  opened.assertNoComplaints();
});
