import assert from "node:assert/strict";
import { openBrowser } from "../support/browser.ts";

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];

Deno.test("a browser opens a page of a local server and shows its title", async () => {
  await using server = servePage("<title>Mailroom</title><h1>Hello</h1>");
  await using browser = await openBrowser();

  const page = await browser.newPage();
  await page.goto(server.url);

  assert.equal(await page.title(), "Mailroom");
});

Deno.test("a browser outlives a closed tab and saves what another shows", async () => {
  await using server = servePage("<title>Mailroom</title><h1>Hello</h1>");
  await using browser = await openBrowser();

  await (await browser.newPage()).close();
  const page = await browser.newPage();
  await page.goto(server.url);
  const path = await browser.screenshot(page, "hello");

  assert.deepEqual([...(await Deno.readFile(path)).slice(0, 4)], PNG_SIGNATURE);
});

Deno.test("a browser leaves this machine for no page", async () => {
  await using browser = await openBrowser();
  const page = await browser.newPage();

  await assert.rejects(page.goto("http://example.com/"), /ERR_NAME_NOT_RESOLVED/);
});

function servePage(html: string): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(html, { headers: { "content-type": "text/html" } }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
