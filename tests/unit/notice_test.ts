import assert from "node:assert/strict";
import { createNotice, type Notice } from "../../routes/pages/notice.ts";

const ORIGIN = "https://app.example.deno.net";
const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

const ask = (notice: Notice | null, path: string, init: RequestInit = {}) =>
  notice!(new Request(`${ORIGIN}${path}`, init));

Deno.test("a server without a database tells a browser the steps, and answers 503 to everything else", async () => {
  const notice = createNotice(["database", "secret"]);
  const page = ask(notice, "/", { headers: HTML })!;
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy")!, /^default-src 'none'/);
  const text = await page.text();
  for (const word of ["Provision Database", "Assign", "AUTH_SECRET", "two more things"]) {
    assert.ok(text.includes(word), word);
  }
  for (
    const [path, init] of [["/api/jobs", {}], ["/api/jobs", { headers: HTML }], ["/", {}], ["/", { method: "POST" }], [
      "/health",
      {},
    ], ["/health/ready", {}]] as const
  ) {
    const answer = ask(notice, path, init)!;
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [503, "application/problem+json"], path);
    assert.equal(answer.headers.get("retry-after"), "60");
    assert.match((await answer.json()).detail, /attach a PostgreSQL database/);
  }
  assert.equal(ask(notice, "/health/live")!.status, 200);
});

Deno.test("a server with a database where nobody can sign in names AUTH_SECRET, and shows its health", async () => {
  const notice = createNotice(["secret"]);
  const page = await ask(notice, "/sign-in", { headers: HTML })!.text();
  assert.match(page, /one more thing/);
  assert.match(page, /<li class="done"><h2>Attach a PostgreSQL database<\/h2><p>Done.<\/p>/);
  for (const path of ["/api/jobs", "/api/v1/jobs", "/metrics", "/openapi.json", "/docs", "/assets/app.js"]) {
    const answer = ask(notice, path)!;
    assert.equal(answer.status, 503, path);
    assert.match((await answer.json()).detail, /AUTH_SECRET/);
  }
  assert.deepEqual([ask(notice, "/health"), ask(notice, "/health/ready")], [null, null]);
});

Deno.test("a HEAD of the notice has no body", async () => {
  const notice = createNotice(["database"]);
  assert.equal(await ask(notice, "/", { method: "HEAD", headers: HTML })!.text(), "");
  assert.equal(await ask(notice, "/api/jobs", { method: "HEAD" })!.text(), "");
});

Deno.test("a server that lacks nothing has no notice", () => assert.equal(createNotice([]), null));
