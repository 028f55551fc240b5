import assert from "node:assert/strict";
import { join } from "node:path";
import { apiOf, rowsOf } from "../support/api.ts";
import { openBrowser } from "../support/browser.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { startServer } from "../support/running_server.ts";

const README = await Deno.readTextFile(join(projectRoot, "README.md"));

/** The README's example in this language that names `followEvents`. */
function example(language: string): string {
  const blocks = [...README.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)];
  return blocks.find(([, of, code]) => of === language && code!.includes("followEvents"))![2]!;
}

async function deno(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: projectRoot })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("clients of the running server", async (t) => {
  await using server = await startServer();
  const { send, submit, waitFor } = apiOf(server);
  const dir = await Deno.makeTempDir({ prefix: "mailroom-client-" });

  await t.step("the README's script submits a job and follows it to its end (S2-19)", async () => {
    const script = join(dir, "script.ts");
    await Deno.writeTextFile(script, example("ts").replace("http://127.0.0.1:8000", server.url));
    const said = await deno("run", "-A", "--no-check", "--config", "tests/deno.json", script);
    assert.match(said, /^job/);
    assert.match(said, /"status":"succeeded"|job\.succeeded/);
  });

  await t.step("the README's page hears of jobs, with the client bundled for it (S4-10)", async () => {
    const bundle = join(dir, "client.js");
    await deno("bundle", "--quiet", "--platform", "browser", "--minify", "-o", bundle, "routes/client.ts");
    const client = await Deno.readTextFile(bundle);
    assert.ok(client.length < 20_000 && !client.includes("Deno."), `${client.length} characters`);
    await using browser = await openBrowser();
    const page = await browser.newPage();
    await page.route("**/client.js", (route) => route.fulfill({ contentType: "text/javascript", body: client }));
    await page.route("**/demo", (route) => route.fulfill({ contentType: "text/html", body: example("html") }));
    const listening = page.waitForResponse(/notifications/);
    await page.goto(`${server.url}/demo`);
    await listening;
    await waitFor((await submit({ type: "import", payload: { dataset: "a", content: "id\n1\n" } })).id, "succeeded");
    await page.getByText("job.succeeded").waitFor();
  });

  await t.step("five of one list at once are one, and four are told so (S4-31, S4-32)", async () => {
    const read = async () => {
      const response = await send("GET", "/api/jobs?limit=7");
      return { isShared: response.headers.get("x-deduplicated") === "true", text: await response.text() };
    };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(read));
    assert.equal(answers.filter(({ isShared }) => isShared).length, 4);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });

  await t.step("a batch that I repeat at once, and after a kill, is answered as the first (P6)", async () => {
    const before = rowsOf(server, "select id from jobs").length;
    const ask = async () => {
      const jobs = [{ type: "import", payload: { dataset: "b", content: "id\n1\n" } }];
      const response = await send("POST", "/api/jobs/batch", { jobs }, { "idempotency-key": "b-1" });
      return {
        status: response.status,
        repeat: response.headers.get("idempotency-replayed"),
        text: await response.text(),
      };
    };
    const answers = await Promise.all([ask(), ask(), ask()]);
    await server.kill();
    await server.restart();
    answers.push(await ask());
    assert.deepEqual(answers.map(({ status, text }) => [status, text]), Array(4).fill([201, answers[0]!.text]));
    assert.equal(answers.filter(({ repeat }) => repeat === "true").length, 3);
    assert.equal(rowsOf(server, "select id from jobs").length, before + 1);
  });

  await Deno.remove(dir, { recursive: true });
});
