import assert from "node:assert/strict";
import { join } from "node:path";
import { startServer } from "../support/running_server.ts";

/** Answers with its own environment, says that it is ready and stops with code 7. */
const SERVER = `
Deno.addSignalListener("SIGTERM", () => Deno.exit(7));
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: Number(Deno.env.get("PORT")),
  onListen: ({ port }) => {
    const properties = { url: "http://127.0.0.1:" + port };
    console.log("starting http://127.0.0.1:1");
    console.error(JSON.stringify({ level: "INFO", message: "ready", properties }));
  },
}, () => Response.json(Deno.env.toObject()));
`;
const LEAVES_A_CHILD = `new Deno.Command("sleep", { args: ["3"] }).spawn(); ${SERVER}`;
const TALKATIVE = `for (let i = 0; i < 3_000; i++) console.log("line " + i); ${SERVER}`;
const IGNORES_SIGTERM = SERVER.replace("Deno.exit(7)", "{}");

Deno.test("startServer() answers with its address when the log says ready", async () => {
  await using program = await writeProgram(SERVER);
  await using server = await startServer({ entry: program.path, env: { LOG_LEVEL: "info", COLOUR: "blue" } });

  const env = await (await fetch(server.url)).json();

  assert.equal(env.DATABASE_URL, `sqlite:${join(server.dataDir, "mailroom.db")}`);
  assert.deepEqual([env.LOG_FORMAT, env.LOG_LEVEL, env.COLOUR, env.PORT], ["json", "info", "blue", "0"]);
});

Deno.test("startServer() hands over nothing of the tests' own settings", async () => {
  await using program = await writeProgram(SERVER);
  Deno.env.set("MAILROOM_TEST_LEAK", "yes");
  await using server = await startServer({ entry: program.path });
  Deno.env.delete("MAILROOM_TEST_LEAK");

  assert.equal((await (await fetch(server.url)).json()).MAILROOM_TEST_LEAK, undefined);
});

Deno.test("kill() ends the process and restart() brings it back on its port and data", async () => {
  await using program = await writeProgram(SERVER);
  await using server = await startServer({ entry: program.path });
  const { url, pid, dataDir } = server;

  await server.kill();
  await assert.rejects(fetch(url));
  await server.kill();
  await server.restart();

  assert.deepEqual([server.url, server.dataDir], [url, dataDir]);
  assert.notEqual(server.pid, pid);
  await (await fetch(url)).body?.cancel();
});

Deno.test("stop() answers the exit code when the program ends by itself", async () => {
  await using program = await writeProgram(SERVER);
  await using server = await startServer({ entry: program.path });

  assert.equal(await server.stop(), 7);
  assert.equal(await server.stop(), 7);
});

Deno.test("stop() kills and says so when the program does not end", async () => {
  await using program = await writeProgram(IGNORES_SIGTERM);
  await using server = await startServer({ entry: program.path, stopWithinMs: 200 });

  await assert.rejects(server.stop(), /did not stop within 200 ms.*ready/s);
  await assert.rejects(fetch(server.url));
});

Deno.test("startServer() removes its data folder and keeps a given one", async () => {
  await using program = await writeProgram(SERVER);
  const own = await startServer({ entry: program.path });
  const given = await startServer({ entry: program.path, dataDir: program.dir });
  await own[Symbol.asyncDispose]();
  await given[Symbol.asyncDispose]();

  await assert.rejects(Deno.stat(own.dataDir), Deno.errors.NotFound);
  assert.ok((await Deno.stat(given.dataDir)).isDirectory);
});

Deno.test("startServer() reports the output when the program exits or is not ready in time", async () => {
  await using failing = await writeProgram(`console.error("no such table"); Deno.exit(3);`);
  await using silent = await writeProgram(`console.log("still thinking"); setInterval(() => {}, 1_000);`);

  await assert.rejects(startServer({ entry: failing.path }), /exited with code 3.*no such table/s);
  await assert.rejects(startServer({ entry: silent.path, readyWithinMs: 700 }), /not ready within 700 ms.*thinking/s);
});

Deno.test("logs() keeps the last 2,000 lines", async () => {
  await using program = await writeProgram(TALKATIVE);
  await using server = await startServer({ entry: program.path });
  await server.stop();

  const lines = server.logs();
  assert.equal(lines.length, 2_000);
  assert.deepEqual([lines.includes("line 2999"), lines.includes("line 0")], [true, false]);
});

Deno.test("kill() comes back when a child of the server still holds its output", async () => {
  await using program = await writeProgram(LEAVES_A_CHILD);
  await using server = await startServer({ entry: program.path });

  await server.kill();
  await assert.rejects(fetch(server.url));
});

async function writeProgram(
  source: string,
): Promise<AsyncDisposable & { readonly path: string; readonly dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "mailroom-program-" });
  const path = join(dir, "program.ts");
  await Deno.writeTextFile(path, source);
  return { path, dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}
