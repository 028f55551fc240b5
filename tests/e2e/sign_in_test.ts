import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { systemClock } from "../../runtime/core/clock.ts";
import { graveFaultsOn } from "../support/axe.ts";
import type { TestBrowser } from "../support/browser.ts";
import { inEachWindow } from "../support/each_window.ts";
import { shareBrowser } from "../support/open_page.ts";
import { eventsOn, newestJob, overflowOf } from "../support/page_parts.ts";
import { type SharedServer, shareServer } from "../support/shared_server.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";

interface Opened extends AsyncDisposable {
  readonly server: SharedServer;
  readonly browser: TestBrowser;
  readonly page: Page;
}

const theBrowser = shareBrowser();
const theServer = shareServer({ AUTH_SECRET: SECRET });

/** A server where one has to sign in, and a window of the browser's own in which nobody has. */
async function open(): Promise<Opened> {
  await using parts = new AsyncDisposableStack();
  const server = theServer();
  const browser = theBrowser();
  const page = await browser.newPage();
  parts.defer(() => page.close());
  const kept = parts.move();
  return { server, browser, page, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token or API key").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Connected", { exact: true }).waitFor();
}

const tokenOf = ({ tenant }: SharedServer, role: string) => signToken(systemClock, { claims: { tenant, role } });

Deno.test("I sign in with an API key, submit a job, watch it live, and sign out", async () => {
  await using opened = await open();
  const { server, page } = opened;
  const made = await fetch(`${server.url}/api/keys`, {
    method: "POST",
    headers: { ...bearer(await tokenOf(server, "admin")), "content-type": "application/json" },
    body: JSON.stringify({ name: "ann's browser", role: "operator" }),
  });
  const { key, id } = await made.json();

  await page.goto(`${server.url}/?view=dead-letters`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  assert.equal(await page.locator("#token:focus").count(), 1);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Paste a token or an API key.").waitFor();
  await page.keyboard.type(`${key.slice(0, -1)}é`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("This token or key is not valid, or not any more.").waitFor();
  assert.equal(await page.getAttribute("#token", "aria-invalid"), "true");
  await page.keyboard.type(`${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("This token or key is not valid, or not any more.").waitFor();
  await signIn(page, key);
  assert.equal(page.url(), `${server.url}/?view=dead-letters`);
  assert.match(await page.locator("#who").innerText(), new RegExp(`key:${id}\\s+operator of ${server.tenant}`));
  assert.ok(await page.locator("#tenant-form").isHidden());
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.name], [true, "Strict", "mailroom"]);

  await page.locator("#views").getByText("Jobs").click();
  await page.click("#submit-button");
  await newestJob(page).getByText("Succeeded").waitFor();
  assert.ok((await eventsOn(page)).includes("job.succeeded"));

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await page.goto(server.url);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  assert.ok(!server.logs().join("\n").includes(key.slice(-43)));
});

Deno.test("when my key is revoked the page leads me to sign in again", async () => {
  await using opened = await open();
  const { server, page } = opened;
  const admin = bearer(await tokenOf(server, "admin"));
  const made = await fetch(`${server.url}/api/keys`, {
    method: "POST",
    headers: { ...admin, "content-type": "application/json" },
    body: JSON.stringify({ name: "ann's browser", role: "viewer" }),
  });
  const { key, id } = await made.json();
  await page.goto(server.url);
  await signIn(page, key);
  const { status } = await fetch(`${server.url}/api/keys/${id}`, { method: "DELETE", headers: admin });
  assert.equal(status, 204);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("to"), "/");
});

Deno.test("from the sign-in page one comes back to pages of this server only", async () => {
  await using opened = await open();
  const { server, page } = opened;
  await page.goto(server.url);
  await signIn(page, await tokenOf(server, "viewer"));
  for (
    const to of [
      "https://elsewhere.example/",
      "//elsewhere.example",
      "/.//elsewhere.example",
      "javascript:alert(1)",
      "/\\elsewhere",
    ]
  ) {
    await page.goto(`${server.url}/sign-in?to=${encodeURIComponent(to)}`);
    await page.waitForURL((url) => url.pathname !== "/sign-in");
    assert.equal(new URL(page.url()).origin, server.url, to);
  }
  await page.goto(`${server.url}/sign-in?to=${encodeURIComponent("/?view=supervision")}`);
  await page.waitForURL(`${server.url}/?view=supervision`);
});

Deno.test("a page of another origin can neither read nor change anything with my session", async () => {
  await using opened = await open();
  const { server, page } = opened;
  await using elsewhere = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<!doctype html><title>Elsewhere</title>", { headers: { "content-type": "text/html" } }),
  );
  const token = await tokenOf(server, "operator");
  await page.goto(server.url);
  await signIn(page, token);
  // Another port is another origin of the same site: the browser sends the cookie along.
  await page.goto(`http://127.0.0.1:${elsewhere.addr.port}/`);
  const tries = [
    {},
    { method: "POST", body: "{}" },
    { method: "POST", body: JSON.stringify({ type: "import", payload: { dataset: "d", content: "id\n1\n" } }) },
    { method: "POST", body: "{}", headers: { "content-type": "application/json" } },
  ];
  for (const mode of ["cors", "no-cors"]) {
    for (const init of tries) {
      const read = await page.evaluate(
        async ([url, init]) => {
          const response = await fetch(url as string, { credentials: "include", ...init as object }).catch(() => null);
          return await response?.text() ?? "";
        },
        [`${server.url}/api/jobs`, { ...init, mode }] as const,
      );
      assert.equal(read, "");
    }
  }
  const form = page.waitForResponse(`${server.url}/api/jobs`);
  await page.setContent(
    `<form method="post" enctype="text/plain" action="${server.url}/api/jobs"><input name="a" value="b"><button>Go</button></form>`,
  );
  await page.click("button");
  assert.equal((await form).status(), 403);
  const { items } = await (await fetch(`${server.url}/api/jobs`, { headers: bearer(token) })).json();
  assert.deepEqual(items, []);
});

Deno.test("the sign-in page and the pages behind it have no grave fault, and fit their window", async (t) => {
  await using opened = await open();
  const { server, browser, page } = opened;
  const platform = await signToken(systemClock, {
    claims: { tenant: server.tenant, role: "platform", sub: "ann@acme.example" },
  });
  const lookAt = (name: string) =>
    inEachWindow(t, {
      page,
      browser,
      name: `keys-${name}`,
      async look({ rules }) {
        assert.deepEqual([await graveFaultsOn(page, rules), await overflowOf(page)], [[], 0]);
      },
    });
  await page.goto(server.url);
  await lookAt("sign-in");
  await page.getByLabel("Token or API key").fill("not one");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await lookAt("refused");
  await signIn(page, platform);
  await page.click("#submit-button");
  await newestJob(page).getByText("Succeeded").waitFor();
  await lookAt("jobs");
  await newestJob(page).click();
  await page.getByText("Attempt 1 succeeded").waitFor();
  await lookAt("detail");
  for (const view of ["dead-letters", "supervision"]) {
    await page.goto(`${server.url}/?view=${view}`);
    await page.getByText("Connected", { exact: true }).waitFor();
    await lookAt(view);
  }
});
