import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { type OpenPage, openPage, shareBrowser } from "../support/open_page.ts";
import { focusedText } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

const path = "/?view=schedules";
const OFTEN = {
  name: "often",
  everyMs: 1_000,
  target: { kind: "counter", key: "main", message: "add", payload: { by: 1 } },
};
const NIGHTLY = { name: "nightly", cron: "30 2 * * 1-5", timeZone: "Europe/Berlin", target: { type: "report" } };

async function make({ server }: Pick<OpenPage, "server">, ...schedules: readonly object[]): Promise<void> {
  for (const schedule of schedules) {
    const response = await apiOf(server).send("POST", "/api/schedules", schedule);
    assert.equal(response.status, 201, await response.text());
  }
}

Deno.test("I write an expression, see when it would tick, and make a schedule of it", async () => {
  await using opened = await openPage(theServer(), { path });
  const { page, server } = opened;
  const instants = page.locator("#schedule-preview li");

  await page.getByText("No schedules yet").waitFor();
  await instants.nth(4).waitFor();
  await page.fill("#schedule-cron", "0 6 31 2 *");
  await page.getByText(/^The cron expression "0 6 31 2 \*" can never be due/).waitFor();
  assert.equal(await instants.count(), 0);
  await page.fill("#schedule-cron", "0 6 1 1 *");
  await page.fill("#schedule-zone", "UTC");
  const written = instants.locator("time").first();
  await written.waitFor();
  assert.match(await written.getAttribute("datetime") ?? "", /^\d{4}-01-01T06:00:00\.000Z$/);

  await page.fill("#schedule-name", "Yearly");
  await page.selectOption("#schedule-type", "report");
  await page.click("#schedule-create");
  await page.locator("#schedule-name-fault").waitFor();
  await page.fill("#schedule-name", "yearly");
  await page.fill("#schedule-payload", '{"from":1}');
  await page.keyboard.press("Control+Enter");
  await page.locator("#schedule-payload-fault").waitFor();
  await page.fill("#schedule-payload", "{}");
  await page.click("#schedule-create");
  await page.getByText("On disk: yearly ticks from now on.").waitFor();
  const row = page.locator(".schedule", { hasText: "yearly" });
  await row.getByText("submits a report job").waitFor();
  const { cron, timeZone, target } = await (await apiOf(server).send("GET", "/api/schedules/yearly")).json();
  assert.deepEqual([cron, timeZone, target], ["0 6 1 1 *", "UTC", { type: "report", payload: {} }]);
});

Deno.test("I see a schedule tick, pause it with the keyboard, and look at its history", async () => {
  await using opened = await openPage(theServer(), { path });
  const { page, tabTo } = opened;
  await make(opened, OFTEN);
  const row = page.locator(".schedule");
  const isOn = row.getByRole("switch", { name: "often ticks" });

  await row.getByText("sends add to counter/main").waitFor();
  await row.getByText("Sent").waitFor();
  await page.locator("#live-events li", { hasText: "counter.changed" }).first().waitFor();
  await tabTo(".schedule [data-act=switch]");
  await page.keyboard.press("Space");
  await row.getByText("Paused", { exact: true }).waitFor();
  assert.equal(await isOn.getAttribute("aria-checked"), "false");
  assert.equal(await focusedText(page), "Paused");
  await row.getByRole("button", { name: "History of often" }).click();
  await page.locator(".ticks li", { hasText: "on time" }).first().waitFor();
  opened.assertNoComplaints();
});

Deno.test("I am told why a schedule cannot be run, run it, open its job from the history, and delete it", async () => {
  await using opened = await openPage(theServer(), { path });
  const { page } = opened;
  await make(opened, { ...NIGHTLY, enabled: false }, { ...NIGHTLY, name: "other" });
  const row = page.locator(".schedule[data-name=nightly]");

  await row.getByText("never").waitFor();
  await row.getByRole("button", { name: "History" }).click();
  await row.getByText("It has not ticked yet.").waitFor();
  let isFull = true;
  const full = { status: 429, json: { detail: "The mailbox is full" } };
  await page.route("**/run?*", (route) => isFull ? route.fulfill(full) : route.continue());
  await row.getByRole("button", { name: "Run now" }).click();
  await page.getByText("The mailbox is full").waitFor();
  isFull = false;
  await row.getByRole("button", { name: "Run now" }).click();
  await row.locator(".ticks li", { hasText: "asked for by anonymous" }).waitFor();
  await row.getByRole("button", { name: /^Open the job/ }).click();
  await page.locator("#detail").getByText("Attempt 1 succeeded").waitFor();
  await page.keyboard.press("Escape");
  assert.match(await focusedText(page), /^job /);

  await row.getByRole("button", { name: "Delete" }).click();
  await page.locator("#confirm-yes").click();
  await row.waitFor({ state: "detached" });
  assert.equal(await page.locator(".schedule").count(), 1);
});
