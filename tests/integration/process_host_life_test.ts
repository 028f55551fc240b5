import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Clock, systemClock } from "../../runtime/core/clock.ts";
import { before } from "../support/deadline.ts";
import { processHost } from "../support/host_process.ts";
import { HostRig } from "../support/host_rig.ts";
import { isAlive, whenGone } from "../support/processes_alive.ts";

const configPath = new URL(import.meta.resolve("../deno.json")).pathname;
const serving = import.meta.resolve("../support/registry/host_worker.ts");

Deno.test("processHost goes on after children that died one after another", async () => {
  await using rig = await HostRig.start(processHost());
  for (const life of [1, 2, 3]) {
    let lives = 0;
    const { pid } = await rig.notice("child-started", () => ++lives === life);
    assert.equal(await rig.result(rig.tell({ key: `${life}` }, "add", { by: life })), life);
    Deno.kill(pid, "SIGKILL");
    await rig.notice("child-lost", (lost) => lost.pid === pid);
  }
  assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
});

Deno.test("processHost tries again and again when children die while they start, and keeps what waits", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "worker.ts");
  const write = (text: string) => Deno.writeTextFile(path, text);
  await write(`import ${JSON.stringify(serving)};`);
  const delaysMs: number[] = [];
  const clock: Clock = {
    ...systemClock,
    after(delayMs, fire) {
      delaysMs.push(delayMs);
      return systemClock.after(delayMs, fire);
    },
  };
  await using rig = await HostRig.start(processHost({
    clock,
    workerUrl: pathToFileURL(path).href,
    sourceUrls: [new URL("./", serving).href],
  }));
  const { pid } = await rig.notice("child-started");
  await write("throw new Error('broken');");
  Deno.kill(pid, "SIGKILL");
  await rig.notice("child-lost");
  const turn = rig.tell({ key: "waiting" }, "add", { by: 1 });
  let deaths = 0;
  await rig.notice("child-lost", (lost) => lost.pid !== pid && ++deaths === 4);
  assert.deepEqual(delaysMs.filter((delayMs) => [100, 200, 400, 800].includes(delayMs)), [100, 200, 400, 800]);
  await write(`import ${JSON.stringify(serving)};`);
  assert.equal(await rig.result(turn), 1);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("processHost leaves no orphan and no folder when its program is killed, whatever its children do", async () => {
  await using program = await startProgram();
  assert.ok(program.children.every(isAlive));
  program.process.kill("SIGKILL");
  await program.process.status;
  for (const pid of program.children) await before(whenGone(pid), 10_000, () => new Error("A child lives on"));
  assert.deepEqual([...Deno.readDirSync(program.folder)], []);
});

Deno.test("processHost has children that go on working when SIGINT and SIGTERM reach the whole group", async () => {
  await using program = await startProgram();
  for (const signal of ["INT", "TERM"]) {
    await new Deno.Command("kill", { args: ["-s", signal, "--", `-${program.process.pid}`] }).output();
    assert.equal(await program.ask(signal), signal);
  }
  assert.ok(program.children.every(isAlive));
});

/** `host_parent.ts` as the leader of a process group, with a folder for what it leaves behind. */
async function startProgram() {
  const folder = await Deno.makeTempDir();
  const process = new Deno.Command("setsid", {
    args: [
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      "--config",
      configPath,
      import.meta.resolve("../support/host_parent.ts"),
    ],
    env: { TMPDIR: folder },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).values();
  const line = async () => JSON.parse((await lines.next()).value!);
  const children: readonly number[] = await line();
  const input = process.stdin.getWriter();
  return {
    folder,
    process,
    children,
    async ask(text: string): Promise<string> {
      await input.write(new TextEncoder().encode(`${text}\n`));
      return await line();
    },
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // The test has.
      }
      await process.status;
      for (const pid of children) await whenGone(pid);
      await input.abort().catch(() => {});
      await lines.return?.();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
