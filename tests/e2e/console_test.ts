import assert from "node:assert/strict";
import type { Locator, Route } from "playwright-core";
import { apiOf } from "../support/api.ts";
import { markPage, openConsole, trustFeedAlone } from "../support/open_console.ts";
import { shareBrowser } from "../support/open_page.ts";
import { openOutside } from "../support/outside.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

/** The chip of a row, which a wide window shows in a cell of its own. */
const chip = (row: Locator, text: string) => row.locator(".chip:visible", { hasText: text });

Deno.test("S4-60, S4-62: I find a failing job, read its attempts, retry it and see it succeed, all on one page", async () => {
  let isWell = false;
  const refused = () => new Response(null, { status: 503, headers: { "retry-after": "1" } });
  await using outside = openOutside({ "/hook": () => isWell ? new Response() : refused() });
  await using opened = await openConsole(theServer(), "/console");
  const { page, server } = opened;
  const { submit, waitFor } = apiOf(server);
  await trustFeedAlone(page);
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  const { id } = await submit({
    type: "webhook",
    payload: { url: `${outside.url}/hook`, body: { hello: 1 } },
    maxAttempts: 2,
  });
  await page.locator(`#letter-${id}`).getByText("webhook").waitFor();

  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  await page.locator(".segments").getByText("Failed").click();
  await page.waitForURL(/status=failed/);
  await page.locator(`#job-${id} a[data-row]`).click();
  await page.locator("#job-status").getByText("Failed").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  const isTheSame = await markPage(page);
  const timeline = page.locator(".timeline > li");
  assert.deepEqual(await timeline.evaluateAll((items) => items.map((item) => item.id)), [
    "attempt-1-2",
    "wait-1-2",
    "attempt-1-1",
  ]);
  assert.match(await page.locator("#attempt-1-2").innerText(), /Failed\s+Attempt 2.*took/s);
  assert.match(await page.locator("#attempt-1-2 .problem").innerText(), /503/);
  await page.locator("#attempt-1-1-stack summary").click();

  isWell = true;
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("status").getByText("Queued again").waitFor();
  await page.locator("#job-status").getByText("Succeeded").waitFor();
  await page.locator("#attempt-2-1").getByText("Succeeded").waitFor();
  assert.ok(await isTheSame(), "the page was not loaded anew");
  assert.ok(
    await page.locator("#attempt-1-1-stack").evaluate((node) => node.hasAttribute("open")),
    "it stays unfolded",
  );
  assert.equal((await waitFor(id, "succeeded")).run, 2);
  opened.assertNoComplaints();
});

Deno.test("S4-62: what I choose before the page's script is there is shown, and undone when I go back", async () => {
  await using opened = await openConsole(theServer(), "/console/jobs");
  const { page } = opened;
  const jobs = opened.address("/console/jobs");
  let script: PromiseWithResolvers<Route> | null = null;
  // It stays: what a page asks for while a route is taken away is sometimes never answered.
  await page.route("**/assets/console.js", (route) => script === null ? route.continue() : script.resolve(route));
  const choose = async (act: () => Promise<unknown>) => {
    script = Promise.withResolvers();
    await page.goto(jobs, { waitUntil: "commit" });
    const held = await script.promise;
    script = null;
    await act();
    await held.continue();
  };
  await choose(() => page.locator(".segments").getByText("Failed").click());
  await page.waitForURL(/\?status=failed&tenant=/);
  await choose(() => page.getByLabel("Type").selectOption("report"));
  await page.waitForURL(/\?type=report&tenant=/);

  await page.goBack();
  await page.getByText("Live", { exact: true }).waitFor();
  assert.equal(page.url(), jobs);
  assert.equal(await page.getByLabel("Type").inputValue(), "");
  opened.assertNoComplaints();
});

Deno.test("S4-62: a list of jobs changes as they do, and keeps the focus", async () => {
  await using opened = await openConsole(theServer(), "/console/jobs");
  const { page, server } = opened;
  const { submit, waitFor } = apiOf(server);
  await trustFeedAlone(page);
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByText("No jobs yet").waitFor();
  const isTheSame = await markPage(page);
  const { id } = await submit({ type: "sleepy", payload: { ms: 600_000 }, timeoutMs: 900_000 });
  const row = page.locator(`#job-${id}`);
  await chip(row, "Running").waitFor();
  await page.keyboard.press("j");
  assert.ok(await row.locator("a[data-row]").evaluate((link) => link === document.activeElement));
  const { id: other } = await submit({ type: "trivial", payload: {} });
  await chip(page.locator(`#job-${other}`), "Succeeded").waitFor();
  assert.ok(await row.locator("a[data-row]").evaluate((link) => link === document.activeElement));
  await row.getByRole("button", { name: "Cancel" }).click();
  await chip(row, "Cancelled").waitFor();
  await waitFor(id, "cancelled");
  assert.ok(await isTheSame());
  opened.assertNoComplaints();
});

Deno.test("S4-62: I replay some dead letters together and discard the others, by the keyboard alone", async () => {
  await using opened = await openConsole(theServer(), "/console/dead-letters");
  const { page, server } = opened;
  const { submit, waitFor, send } = apiOf(server);
  for (let count = 0; count < 4; count++) {
    const { id } = await submit({ type: "misbehaving", payload: { how: "throw" } });
    await waitFor(id, "failed");
  }
  await page.locator(".letter").nth(3).waitFor();
  const newest = await page.locator(".letter").evaluateAll((letters) => letters.slice(0, 2).map(({ id }) => id));
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await page.getByText("2 selected").waitFor();
  await page.getByRole("button", { name: "Replay selected" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("2 replayed").waitFor();
  for (const letter of newest) {
    assert.equal((await waitFor(letter.slice("letter-".length), "failed")).run, 2);
  }
  // They failed again; a page that shows them so changes no more under the hand.
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator(".letter").nth(3).waitFor();

  await page.getByLabel("All on this page").focus();
  await page.keyboard.press("Space");
  await page.getByText("4 selected").waitFor();
  await page.getByRole("button", { name: "Discard selected" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Discard 4 dead letters for good?").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("No dead letters").waitFor();
  assert.deepEqual((await (await send("GET", "/api/dead-letters")).json()).items, []);
  opened.assertNoComplaints();
});

Deno.test("S4-62: I submit a job on the console, and am told what is wrong with it before", async () => {
  await using opened = await openConsole(theServer(), "/console/jobs/new");
  const { page } = opened;
  await page.getByLabel("Type", { exact: true }).selectOption("flaky");
  await page.getByLabel("Payload").fill("{ not json");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByRole("alert").getByText("The payload is not JSON").waitFor();
  await page.getByLabel("Payload").fill('{ "succeedsAt": "soon" }');
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByRole("alert").getByText("/payload/succeedsAt").waitFor();
  await page.getByLabel("Payload").fill('{ "succeedsAt": 2 }');
  await page.getByRole("button", { name: "Submit" }).click();
  await page.waitForURL(/\/console\/jobs\/[0-9A-Z]{26}\?/);
  await page.locator("#attempt-1-2").getByText("Succeeded").waitFor();
});

Deno.test("S4-62: I resume a parked actor, run a schedule now, pause it, and suspend a tenant", async () => {
  await using opened = await openConsole(theServer(), "/console/actors");
  const { page, server } = opened;
  const { send } = apiOf(server);
  const make = async (path: string, body?: unknown) => void await (await send("POST", path, body)).body?.cancel();
  for (const breaks of [true, true, false]) await make("/api/actors/brittle/one/touch", { breaks });
  const parked = page.locator("#actor-brittle-one");
  await chip(parked, "Parked").waitFor();
  assert.match(await parked.innerText(), /4 failed attempts within 60 s/);
  await parked.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("status").getByText("brittle/one goes on").waitFor();
  await chip(parked, "Idle").waitFor();

  const target = { kind: "counter", key: "main", message: "add", payload: { by: 1 } };
  await make("/api/schedules", { name: "rarely", cron: "0 0 1 1 *", timeZone: "UTC", target });
  await page.goto(opened.address("/console/schedules"));
  const schedule = page.locator("#schedule-rarely");
  await schedule.getByRole("button", { name: "Run now" }).click();
  await chip(schedule, "Sent").waitFor();
  await schedule.getByRole("button", { name: "Pause" }).click();
  await chip(schedule, "Paused").waitFor();
  await schedule.locator("a[data-row]").click();
  await page.getByText("asked by anonymous").waitFor();

  await make("/api/tenants", { id: `${server.tenant}-acme` });
  await page.goto(opened.address("/console/tenants"));
  const tenant = page.locator(`#tenant-${server.tenant}-acme`);
  await tenant.getByRole("button", { name: "Suspend" }).click();
  await page.locator("#confirm-yes").click();
  await chip(tenant, "Suspended").waitFor();
  assert.equal((await (await send("GET", `/api/tenants/${server.tenant}-acme`)).json()).status, "suspended");
  opened.assertNoComplaints();
});

Deno.test("S4-62: I reset a stream to an event that I name, when I have said that I mean it", async () => {
  await using opened = await openConsole(theServer(), "/console/streams");
  const { page, server } = opened;
  const { send } = apiOf(server);
  const read = async () => (await (await send("GET", "/api/streams/north")).json()).checkpoint as number;
  const baseUrl = "http://127.0.0.1:45999/scans";
  for (const [path, body] of [["/api/streams", { name: "north", baseUrl }], ["/api/streams/north/pause"]] as const) {
    const response = await send("POST", path, body);
    assert.ok(response.ok, await response.text());
  }
  const reset = page.locator("#stream-north").getByRole("button", { name: "Reset north" });
  const number = page.getByLabel("Go on after the event");
  await reset.click();
  await number.fill("41");
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.locator("#confirm").waitFor({ state: "hidden" });
  await reset.click();
  assert.equal(await number.inputValue(), "0", "what it is now");
  for (const wrong of ["-1", "1.5", ""]) {
    await number.fill(wrong);
    await page.locator("#confirm-yes").click();
    assert.ok(await page.locator("#confirm").isVisible(), wrong);
  }
  assert.equal(await read(), 0);
  await number.fill("42");
  await number.press("Enter");
  await page.getByRole("status").getByText("north is reset").waitFor();
  assert.equal(await read(), 42);
  await page.locator("#stream-north td.number", { hasText: /^42$/ }).waitFor();
  await page.locator("#stream-north").getByRole("button", { name: "Resume north" }).waitFor();
  opened.assertNoComplaints();
});

Deno.test("S4-62: the live feed shows what was and what comes, holds still when paused, and can be sifted", async () => {
  await using opened = await openConsole(theServer(), "/console/jobs");
  const { page, server } = opened;
  const { submit, waitFor } = apiOf(server);
  const { id: before } = await submit({ type: "trivial", payload: {} });
  await waitFor(before, "succeeded");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  const feed = page.locator("#feed > li");
  await feed.getByText(`job/${before}`).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const shown = await feed.count();
  const { id: after } = await submit({ type: "trivial", payload: {} });
  await page.getByRole("button", { name: /Resume, [1-9]/ }).waitFor();
  assert.equal(await feed.count(), shown);
  await page.getByRole("button", { name: /Resume/ }).click();
  await feed.getByText(`job/${after}`).first().waitFor();
  await page.getByLabel("Only with").fill(after);
  await page.locator("#feed > li:not([hidden])").first().waitFor();
  const left = await page.locator("#feed > li:not([hidden])").allInnerTexts();
  assert.ok(left.length > 0 && left.every((text) => text.includes(after)));
  opened.assertNoComplaints();
});
