import assert from "node:assert/strict";
import { graveFaultsOn } from "../support/axe.ts";
import { inEachWindow } from "../support/each_window.ts";
import { cutOff, fillConsole, openConsole } from "../support/open_console.ts";
import { shareBrowser } from "../support/open_page.ts";
import { overflowOf } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

Deno.test("S4-60, S4-62: each page of the console fits its window and is there for everybody", async (t) => {
  await using opened = await openConsole(theServer(), "/console");
  const { page, browser, server } = opened;
  const { failed } = await fillConsole(server);
  const pages = {
    "overview": "/console",
    "jobs": "/console/jobs",
    "no-jobs": "/console/jobs?status=cancelled&batchId=none",
    "job": `/console/jobs/${failed}`,
    "no-job": "/console/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW",
    "new-job": "/console/jobs/new",
    "dead-letters": "/console/dead-letters",
    "live": "/console/live",
    "actors": "/console/actors",
    "actor": "/console/actors/counter/main",
    "streams": "/console/streams",
    "schedules": "/console/schedules",
    "schedule": "/console/schedules/often",
    "tenants": "/console/tenants",
    "nodes": "/console/nodes",
    "audit": "/console/audit",
  };
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(opened.address(path));
    await page.getByText("Live", { exact: true }).waitFor();
    await inEachWindow(t, {
      page,
      browser,
      name: `console-${name}`,
      async look({ rules }) {
        assert.deepEqual(
          [await graveFaultsOn(page, rules), await overflowOf(page), await cutOff(page)],
          [[], 0, []],
        );
      },
    });
  }
});

Deno.test("S4-60: the console is walked by the keyboard: menu, rows, filter, pages, the list of keys", async () => {
  await using opened = await openConsole(theServer(), "/console/jobs");
  const { page, server } = opened;
  const { failed } = await fillConsole(server);
  await page.locator(`#job-${failed}`).waitFor();
  // What has been submitted since then must not come between the rows that are walked.
  await page.reload();
  await page.locator("tbody tr").nth(1).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.locator(":focus").innerText(), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(":focus").getAttribute("id"), "main");
  await page.keyboard.press("/");
  assert.equal(await page.locator(":focus").getAttribute("name"), "type");
  await page.keyboard.press("Tab");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  for (const key of ["j", "j", "k", "j"]) await page.keyboard.press(key);
  const second = page.locator("tbody tr").nth(1).locator("a[data-row]");
  assert.ok(await second.evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\/jobs\/[0-9A-Z]{26}\?/);
  for (const [key, path] of [["a", "/console/actors"], ["o", "/console"], ["u", "/console/audit"]]) {
    await page.keyboard.press("g");
    await page.keyboard.press(key!);
    await page.waitForURL(opened.address(path!));
  }
  await page.setViewportSize({ width: 390, height: 844 });
  const menu = page.getByRole("button", { name: "Menu" });
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Schedules" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Schedules" }).waitFor({ state: "hidden" });
  opened.assertNoComplaints();
});

Deno.test("S4-60: the console is read without a script, and runs none but its own", async () => {
  const { url, tenant } = theServer();
  const response = await fetch(`${url}/console/jobs?tenant=${tenant}`);
  const html = await response.text();
  assert.match(html, /No jobs yet/);
  assert.doesNotMatch(html, /<script>|<style|\sstyle=|\son\w+=/);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(
    policy,
    /default-src 'self';.*frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'/,
  );
  assert.equal(response.headers.get("cache-control"), "no-store");
});
