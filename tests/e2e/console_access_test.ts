import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { openBrowser } from "../support/browser.ts";
import { startServer } from "../support/running_server.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";

const tokenOf = (role: string, tenant = "acme") => signToken(systemClock, { claims: { role, tenant } });

Deno.test("S4-62: the console shows and offers what one's role may, and nothing of another tenant", async (t) => {
  await using server = await startServer({ env: { AUTH_SECRET: SECRET } });
  const send = async (role: string, tenant: string, path: string, init: RequestInit = {}) =>
    await fetch(server.url + path, {
      ...init,
      headers: { ...bearer(await tokenOf(role, tenant)), "content-type": "application/json" },
    });
  const submit = async (tenant: string) => {
    const body = JSON.stringify({ type: "import", payload: { dataset: tenant, content: "id\n1\n" } });
    return (await (await send("operator", tenant, "/api/jobs", { method: "POST", body })).json()).id as string;
  };
  const [own, theirs] = [await submit("acme"), await submit("beta")];

  await t.step("who is not signed in is led to do that; a program is told 401", async () => {
    const page = await fetch(`${server.url}/console/jobs?type=import`, {
      headers: { accept: "text/html" },
      redirect: "manual",
    });
    await page.body?.cancel();
    assert.deepEqual([page.status, page.headers.get("location")], [
      302,
      `/sign-in?to=${encodeURIComponent("/console/jobs?type=import")}`,
    ]);
    const problem = await fetch(`${server.url}/console/jobs`);
    assert.deepEqual([problem.status, (await problem.json()).status], [401, 401]);
  });

  await t.step("a tenant's pages have its own jobs alone", async () => {
    const list = await (await send("viewer", "acme", "/console/jobs")).text();
    assert.ok(list.includes(own) && !list.includes(theirs));
    const other = await send("admin", "acme", `/console/jobs/${theirs}`);
    assert.equal(other.status, 404);
    assert.ok(!(await other.text()).includes("beta"));
    const named = await send("admin", "acme", "/console/jobs?tenant=beta");
    assert.equal(named.status, 403);
    await named.body?.cancel();
    const whole = await (await send("viewer", "acme", "/console")).text();
    assert.ok(whole.includes("The tenant acme") && !whole.includes("beta"));
  });

  await t.step("a viewer gets no buttons, an operator those of his role", async () => {
    const acts = async (role: string, path: string) =>
      [...(await (await send(role, "acme", path)).text()).matchAll(/data-act="([^"]+)"/g)].map(([, act]) => act);
    assert.deepEqual(await acts("viewer", "/console/jobs"), []);
    assert.deepEqual(await acts("operator", "/console/jobs"), [`/api/jobs/${own}/retry`]);
    assert.deepEqual(await acts("operator", "/console/actors"), []);
    assert.ok((await acts("admin", "/console/actors")).includes("/api/kinds/import/pause"));
    for (
      const [role, path] of [["viewer", "/console/audit"], ["admin", "/console/tenants"], ["admin", "/console/nodes"]]
    ) {
      const refused = await send(role!, "acme", path!);
      assert.equal(refused.status, 403, path);
      await refused.body?.cancel();
    }
  });

  await t.step("in the browser: signed in, I retry; when my session is over the page leads me to sign in", async () => {
    await using browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(`${server.url}/console/jobs`);
    await page.getByLabel("Token or API key").fill(await tokenOf("operator"));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${server.url}/console/jobs`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(`#job-${own}`).getByRole("button", { name: "Retry" }).click();
    await page.getByRole("status").getByText("Queued again").waitFor();
    assert.equal(await page.getByRole("link", { name: "Tenants" }).count(), 0);
    await page.goto(`${server.url}/console/tenants`);
    await page.getByText("This takes the role platform").waitFor();
    await page.goto(`${server.url}/console/jobs`);
    await page.context().clearCookies();
    await page.locator(`#job-${own}`).getByRole("button", { name: "Retry" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("to"), "/console/jobs");
  });
});
