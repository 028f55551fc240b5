import assert from "node:assert/strict";
import { join } from "node:path";
import { apiOf, until } from "../support/api.ts";
import { copyProject } from "../support/copied_project.ts";
import { PATIENCE_MS } from "../support/deadline.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { passedOn } from "../support/server_process.ts";
import { startTask } from "../support/start_task.ts";

const JOB = "actors/invoice/invoice_job.ts";
const JOB_TEST = "tests/unit/invoice_test.ts";
/** As long as a README may say "in a minute". */
const MAX_LINES = 20;
/** Types, then the tests. */
const CHECKED_TEST = ["test", "-A", "--config", "tests/deno.json"];
/** In names where a line of code would be too long. */
const LONG = "seasonal-membership-cancellation-confirmation-receipt-letter";

const hasCurl = await new Deno.Command("curl", { args: ["--version"] }).output().then(() => true, () => false);

Deno.test("I write my first worker", async (t) => {
  await using project = await copyProject({ withTests: true });
  const { folder } = project;
  const read = (path: string) => Deno.readTextFile(join(folder, path));
  const deno = (...args: string[]) => runDeno(folder, args);
  const [code = "", test = ""] = blocksOf("Your first worker", "ts");
  let made: readonly string[] = [];
  const [command = "", calls = ""] = blocksOf("Your first worker", "sh");

  await t.step(
    "a command makes it, its line in the registry and its test, all in good form [S0-3, S0-26]",
    async () => {
      await deno(...words(command));
      await deno("task", "new", "--", "job", "receipt");
      await deno("task", "new", "--", "actor", "wash-cart");
      await deno("task", "new", "actor", LONG);
      const changed = (await changedFiles(folder)).toSorted();
      const snake = LONG.replaceAll("-", "_");
      assert.deepEqual(
        changed,
        [
          `actors/${snake}/${snake}.ts`,
          "actors/mod.ts",
          JOB,
          "actors/receipt/receipt_job.ts",
          "actors/wash_cart/wash_cart.ts",
          JOB_TEST,
          "tests/unit/receipt_test.ts",
          `tests/unit/${snake}_test.ts`,
          "tests/unit/wash_cart_test.ts",
        ].toSorted(),
      );
      await deno("fmt", "--check", ...changed);
      await deno("lint", ...changed);
      made = changed.filter((path) => path.startsWith("tests/"));
    },
  );

  await t.step("what is there already is left as it is", async () => {
    await Deno.writeTextFile(join(folder, "tests/unit/taken_test.ts"), "mine");
    const before = await Promise.all(["actors/mod.ts", JOB, JOB_TEST].map(read));
    const refused = [
      ["task", "new", "--", "job", "invoice"],
      ["task", "new", "--", "actor", "invoice"],
      ["task", "new", "--", "job", "parcel-consumer"],
      ["task", "new", "--", "job", "rendering"],
      ["task", "new", "--", "actor", "taken"],
      ["task", "new", "--", "job", "../escape"],
      ["task", "new", "--", "queue", "fresh"],
      ["task", "new"],
    ];
    await Promise.all(refused.map((args) => assert.rejects(deno(...args), /exit code 2/, args.join(" "))));
    assert.deepEqual(await Promise.all(["actors/mod.ts", JOB, JOB_TEST].map(read)), before);
    assert.equal(await read("tests/unit/taken_test.ts"), "mine");
    await assert.rejects(Deno.stat(join(folder, "actors/taken")), Deno.errors.NotFound);
    await Deno.remove(join(folder, "tests/unit/taken_test.ts"));
  });

  await t.step("what I write is its work and nothing else, in less than twenty lines [S0-12]", async () => {
    assert.ok(code.trim().split("\n").length < MAX_LINES, code);
    await Deno.writeTextFile(join(folder, JOB), code);
    await Deno.writeTextFile(join(folder, JOB_TEST), test);
    for (const check of [["fmt", "--check"], ["lint"]]) await deno(...check, JOB, JOB_TEST);
    const told = await deno(...CHECKED_TEST, ...made);
    assert.match(told, /an invoice adds up its washes/);
    assert.match(told, /\b7 passed \| 0 failed/, "its own test, and those that the command wrote beside the others");
  });

  await t.step({
    name: "and it runs, with nothing set up and nothing left behind [S0-7, S0-26]",
    ignore: !hasCurl,
    async fn() {
      const tmp = await Deno.makeTempDir({ prefix: "mailroom-first-" });
      const { child, log, url, read: isRead } = startTask("start", {
        cwd: folder,
        clearEnv: true,
        env: { ...passedOn(), TMPDIR: tmp, DATABASE_URL: "sqlite::memory:", PORT: "0", LOG_FORMAT: "json" },
        withinMs: PATIENCE_MS,
      });
      try {
        const here = await url;
        const [submit = "", look = ""] = calls.split(/\n(?=curl)/).map((call) =>
          call.replaceAll("http://127.0.0.1:8000", here)
        );
        assert.equal(JSON.parse(await shell(submit)).status, "queued");
        const told = await until("the invoice is made", async () => {
          const text = await shell(look);
          return text.includes('"succeeded"') ? text : undefined;
        });
        const said = /"result":\{[^}]*\}/.exec(calls)?.[0];
        assert.ok(said !== undefined && told.includes(said), `${told}\ninstead of ${said}`);

        const { send, eventsSince } = apiOf({ url: here });
        const made = (await eventsSince(0, ({ type }) => type === "invoice.made")).at(-1);
        assert.deepEqual(made?.data, { month: "2026-11", totalCents: 3_300 });
        assert.equal((await send("POST", "/api/actors/wash-cart/first/add", { by: 2 }).then(drained)).status, 202);
        await until("the cart has counted", async () => {
          const count = await (await send("GET", "/api/actors/wash-cart/first/count")).json();
          return count === 2 || undefined;
        });
      } finally {
        child.kill("SIGTERM");
        assert.equal((await child.status).code, 0, log.tail(20));
        await isRead;
      }
      assert.deepEqual([...Deno.readDirSync(tmp)].map(({ name }) => name), []);
      await Deno.remove(tmp, { recursive: true });
      assert.ok(!(await changedFiles(folder)).some((path) => /^(data|runtime|routes|main\.ts)/.test(path)));
    },
  });
});

/** The blocks of code in a section of the README. */
function blocksOf(section: string, language: string): string[] {
  const readme = Deno.readTextFileSync(join(projectRoot, "README.md"));
  const [, text = ""] = readme.split(`\n## ${section}\n`);
  const [own = ""] = text.split(/\n## /);
  return [...own.matchAll(new RegExp("^```" + language + "\\b[^\\n]*\\n(.*?)^```$", "gms"))].map(([, code]) => code!);
}

/** Of `deno task new -- job invoice`, what comes after `deno`. */
function words(command: string): string[] {
  const [program, ...args] = command.trim().split(" ");
  assert.equal(program, "deno");
  return args;
}

/** What it says. @throws {Error} with all of it unless it succeeds */
async function runDeno(cwd: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (code !== 0) throw new Error(`deno ${args.join(" ")}: exit code ${code}\n${said}`);
  return said;
}

async function shell(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout);
}

/** Of the copy, those that the project does not have, or has otherwise. */
async function changedFiles(folder: string, path = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, path))) {
    const own = path === "" ? name : `${path}/${name}`;
    if (isDirectory) found.push(...await changedFiles(folder, own));
    else if (await textOf(join(folder, own)) !== await textOf(join(projectRoot, own))) found.push(own);
  }
  return found;
}

async function textOf(path: string): Promise<string | null> {
  return await Deno.readTextFile(path).catch(() => null);
}

async function drained(response: Response): Promise<Response> {
  await response.body?.cancel();
  return response;
}
