import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { type OpenPage, openPage, shareBrowser } from "../support/open_page.ts";
import { focusedText, newestJob } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

const REASON = 'The key "email" is not a column; the header has "id", "name", "city"';

/** Opens a view by the link of this name. */
async function view({ page }: OpenPage, name: string): Promise<void> {
  await page.locator("#views").getByText(name).click();
}

async function touch({ server }: OpenPage, ...touches: readonly boolean[]): Promise<void> {
  for (const breaks of touches) {
    const response = await apiOf(server).send("POST", "/api/actors/brittle/vase/touch", { breaks });
    assert.equal(response.status, 202);
    await response.body?.cancel();
  }
}

Deno.test("I see in the browser what was given up and why, the moment it is", async () => {
  await using opened = await openPage(theServer(), { path: "/?view=dead-letters" });
  const { page } = opened;

  await page.getByText("No dead letters").waitFor();
  await touch(opened, true);
  const letter = page.locator(".letter");
  await letter.getByText("It broke at a touch").first().waitFor();
  assert.equal(await letter.locator(".chip").innerText(), "Threw");
  assert.equal(await page.locator("#views .count").first().innerText(), "1");
  assert.ok(await letter.locator("pre").first().isHidden());
  await letter.getByText("Stack").click();
  assert.match(await letter.locator("pre").first().innerText(), /brittle\.ts:\d+/);
  await letter.getByText("Payload").click();
  assert.deepEqual(JSON.parse(await letter.locator("pre").nth(1).innerText()), { breaks: true });
  opened.assertNoComplaints();
});

Deno.test("I retry a dead letter in the browser, and delete it with the keyboard when it is hopeless", async () => {
  await using opened = await openPage(theServer());
  const { page, tabTo } = opened;
  const letter = page.locator(".letter");

  await page.fill("#key", "email");
  await page.click("#submit-button");
  await newestJob(page).getByText("Failed").waitFor();
  await view(opened, "Dead letters");
  await letter.getByText(REASON).first().waitFor();
  const died = await letter.locator("time").getAttribute("datetime");
  await letter.getByRole("button", { name: /^Retry job/ }).click();
  await page.locator(`.letter time:not([datetime="${died}"])`).waitFor();
  assert.equal(await letter.count(), 1);

  await tabTo("[data-act=delete]");
  await page.keyboard.press("Enter");
  assert.equal(await focusedText(page), "Keep it");
  await page.keyboard.press("Escape");
  assert.equal(await focusedText(page), "Delete");
  assert.equal(await letter.count(), 1);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await focusedText(page), "Delete");
  await page.keyboard.press("Enter");
  await page.getByText("No dead letters").waitFor();
  assert.equal(await focusedText(page), "Dead letters");
  assert.ok(await page.locator("#views .count").first().isHidden());

  await page.goBack();
  await page.getByText("No jobs yet").waitFor();
  opened.assertNoComplaints();
});

Deno.test("I am told why a retry is refused, and the message stays", async () => {
  await using opened = await openPage(theServer(), { path: "/?view=dead-letters" });
  const { page, server } = opened;
  const { submit, waitFor } = apiOf(server);

  const { id } = await submit({ type: "import", payload: { dataset: "people", content: "id\n1\n", key: "email" } });
  await waitFor(id, "failed");
  await page.route("**/retry?*", (route) => route.fulfill({ status: 409, json: { detail: "Somebody was faster" } }));
  await page.locator(".letter").getByRole("button", { name: "Retry" }).click();
  await page.getByText("Somebody was faster").waitFor();
  const read = page.waitForResponse(/dead-letters\?/);
  await submit({ type: "import", payload: { dataset: "people", content: "id\n1\n", key: "email" } });
  await read;
  await page.locator(".letter").nth(1).waitFor();
  assert.ok(await page.getByText("Somebody was faster").isVisible());
});

Deno.test("a failed job leads from the dead letters to its attempts, and Escape leads back", async () => {
  await using opened = await openPage(theServer());
  const { page } = opened;

  await page.fill("#key", "email");
  await page.click("#submit-button");
  await newestJob(page).getByText("Failed").waitFor();
  await view(opened, "Dead letters");
  await page.locator(".letter .opener").click();
  await page.getByText("Attempt 1 failed").waitFor();
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#detail").isHidden());
  assert.equal(await page.locator(".letter .opener:focus").count(), 1);
  opened.assertNoComplaints();
});

Deno.test("I see that an actor is parked, and why, and let it go on", async () => {
  await using opened = await openPage(theServer(), { path: "/?view=supervision" });
  const { page, tabTo } = opened;

  await page.getByText("No actor is parked").waitFor();
  await touch(opened, true, true, false);
  const parked = page.locator("#parked li");
  await parked.getByText("It broke at a touch").waitFor();
  assert.match(await parked.innerText(), /brittle\s+vase/);
  assert.equal(await page.locator("#views .count").nth(1).innerText(), "1");
  await tabTo("#parked button");
  await page.keyboard.press("Enter");
  await page.getByText("No actor is parked").waitFor();
  assert.equal(await focusedText(page), "Parked actors");
  await page.locator("#live-events li", { hasText: "actor.resumed" }).waitFor();
  opened.assertNoComplaints();
});

Deno.test("I pause a job type, see its jobs wait, and let them run", async () => {
  await using opened = await openPage(theServer());
  const { page, tabTo } = opened;
  const importSwitch = page.getByRole("switch", { name: "import runs" });

  await view(opened, "Supervision");
  await importSwitch.click();
  await page.getByText(/^Paused by anonymous/).waitFor();
  assert.equal(await importSwitch.getAttribute("aria-checked"), "false");
  await view(opened, "Jobs");
  await page.getByText("import is paused: its jobs are taken in and wait.").waitFor();
  await page.click("#submit-button");
  await newestJob(page).getByText("Waits: import is paused").waitFor();

  await page.getByText("Let them run").click();
  await tabTo("#kinds [data-kind=import] button");
  await page.keyboard.press("Space");
  await page.locator("#live-events li", { hasText: "job.succeeded" }).waitFor();
  assert.equal(await importSwitch.getAttribute("aria-checked"), "true");
  assert.equal(await focusedText(page), "Runs");
  await view(opened, "Jobs");
  assert.ok(await page.locator("#paused-note").isHidden());
  await newestJob(page).getByText("Succeeded").waitFor();
  opened.assertNoComplaints();
});
