import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { graveFaultsOn } from "../support/axe.ts";
import { openPage, shareBrowser } from "../support/open_page.ts";
import { overflowOf } from "../support/page_parts.ts";
import { shareServer } from "../support/shared_server.ts";

shareBrowser();
const theServer = shareServer();

Deno.test("S4-12, S4-13: a page for each way of following shows what comes, and goes on where it was cut off", async (t) => {
  const server = theServer();
  await using opened = await openPage(server);
  const { page } = opened;
  const { submit, waitFor } = apiOf(server, server);
  await page.getByRole("link", { name: "Notifications" }).click();
  for (const [way, name] of [["ws", "WebSocket"], ["sse", "Event stream"]] as const) {
    await t.step(name, async () => {
      if (way === "sse") await page.getByRole("link", { name }).click();
      await page.waitForURL(new RegExp(`/notifications/${way}`));
      await page.getByText("Connected", { exact: true }).waitFor();
      const { id } = await submit({ type: "report", payload: {} });
      await waitFor(id, "succeeded");
      await page.locator("#events li").filter({ hasText: "job.succeeded" }).waitFor();
      const numbers = async () => (await page.locator("#events .number").allInnerTexts()).map(Number);
      const seen = await numbers();
      assert.equal(await page.locator("#last-id").innerText(), String(seen[0]));
      assert.match(await page.locator("#lag").innerText(), /^\d+(\.\d)? m?s$/);

      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.getByText("Disconnected", { exact: true }).waitFor();
      await waitFor((await submit({ type: "report", payload: {} })).id, "succeeded");
      assert.deepEqual(await numbers(), seen);
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.locator("#events li").filter({ hasText: "job.succeeded" }).nth(1).waitFor();
      const all = await numbers();
      assert.deepEqual(all, Array.from({ length: all.length }, (_, index) => all[0]! - index), "without a gap");

      await page.getByLabel("Topics").fill("job");
      await page.getByLabel("After id").fill("0");
      await page.getByRole("button", { name: "Connect anew" }).click();
      await page.locator("#events li").filter({ hasText: "job.queued" }).first().waitFor();
      assert.equal((await numbers()).at(-1), 1);
      for (const width of [390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        assert.equal(await overflowOf(page), 0);
      }
      assert.deepEqual(await graveFaultsOn(page), []);
    });
  }
  opened.assertNoComplaints();
});
