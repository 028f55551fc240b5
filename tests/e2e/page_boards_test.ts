import assert from "node:assert/strict";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf } from "../support/api.ts";
import { graveFaultsOn } from "../support/axe.ts";
import { inEachWindow } from "../support/each_window.ts";
import { openPage, shareBrowser } from "../support/open_page.ts";
import { overflowOf } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

const LONG = `n${"-long".repeat(19)}`;
const SCHEDULE = { everyMs: 60_000, enabled: false, target: { kind: "counter", message: "add", payload: { by: 1 } } };

Deno.test("schedules and streams fit their window, narrow or wide, light or dark, and are there for everybody", async (t) => {
  await using source = await openScanSimulator({ seed: 7, events: 400, parcels: 20 });
  await using opened = await openPage(theServer(), { path: "/streams" });
  const { page, browser, server, address } = opened;
  const make = async (path: string, body: object) => {
    const response = await apiOf(server).send("POST", path, body);
    assert.equal(response.status, 201, await response.text());
  };
  await make("/api/schedules", { ...SCHEDULE, name: "often" });
  await make("/api/schedules", { ...SCHEDULE, name: LONG });
  await make("/api/streams", { name: LONG, baseUrl: source.url, consumers: 2 });
  await make("/api/streams", { name: "away", baseUrl: `${source.url}/nowhere` });

  const look = async ({ rules }: { readonly rules: readonly string[] | undefined }) =>
    assert.deepEqual([await graveFaultsOn(page, rules), await overflowOf(page)], [[], 0]);
  await page.goto(address("/streams"));
  await page.locator(".state-legend li").first().waitFor();
  await page.getByText("Failing").waitFor();
  await page.getByRole("button", { name: "Reset away" }).click();
  await inEachWindow(t, { page, browser, name: "streams", look });

  await page.locator("#views").getByText("Schedules").click();
  await page.locator("#schedule-preview li").first().waitFor();
  await page.getByRole("button", { name: "History of often" }).click();
  await page.getByText("It has not ticked yet.").waitFor();
  await inEachWindow(t, { page, browser, name: "schedules", look });
  opened.assertNoComplaints();
});
