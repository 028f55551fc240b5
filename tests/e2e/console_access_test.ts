import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { until } from "../support/api.ts";
import { openBrowser } from "../support/browser.ts";
import { startServer } from "../support/running_server.ts";
import { bearer, SECRET, signToken } from "../support/tokens.ts";

const tokenOf = (role: string, tenant = "acme") => signToken(systemClock, { claims: { role, tenant } });

Deno.test("S4-62: the console shows and offers what one's role may, and nothing of another tenant", async (t) => {
  await using server = await startServer({
    env: { AUTH_SECRET: SECRET, ACTORS: "tests/support/actors/mod.ts", EGRESS_ALLOW: "127.0.0.1/32" },
  });
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
  await until("its own job has ended", async () => {
    const { status } = await (await send("viewer", "acme", `/api/jobs/${own}`)).json();
    return status === "succeeded" || undefined;
  });

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

  await t.step("on no page has a viewer anything to press, select or submit; an operator has", async () => {
    const make = async (path: string, body: object) => {
      const response = await send("operator", "acme", path, { method: "POST", body: JSON.stringify(body) });
      const text = await response.text();
      assert.ok(response.ok, text);
      return JSON.parse(text);
    };
    const { id: failing } = await make("/api/jobs", { type: "flaky", payload: { succeedsAt: 9 }, maxAttempts: 1 });
    await until("it is a dead letter", async () => {
      const { items } = await (await send("viewer", "acme", "/api/dead-letters")).json();
      return items.length === 1 || undefined;
    });
    await make("/api/streams", { name: "north", baseUrl: "http://127.0.0.1:45999/scans" });
    const target = { kind: "counter", key: "main", message: "add", payload: { by: 1 } };
    await make("/api/schedules", { name: "rarely", cron: "0 0 1 1 *", timeZone: "UTC", target });
    await make("/api/actors/counter/main/add", { by: 1 });
    const offered = async (role: string, path: string) => {
      const response = await send(role, "acme", path);
      const html = await response.text();
      assert.equal(response.status, 200, `${role} ${path}`);
      return [...html.matchAll(/data-(?:act|bulk|pick)\b|href="\/console\/jobs\/new/g)].length;
    };
    const paths = [
      ...["/console/jobs", `/console/jobs/${own}`, `/console/jobs/${failing}`, "/console/dead-letters"],
      ...["/console/streams", "/console/schedules", "/console/schedules/rarely"],
    ];
    for (const path of paths) {
      assert.equal(await offered("viewer", path), 0, path);
      assert.ok(await offered("operator", path) > 0, path);
    }
    for (const path of ["/console", "/console/live", "/console/actors", "/console/actors/counter/main"]) {
      assert.equal(await offered("viewer", path), 0, path);
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
