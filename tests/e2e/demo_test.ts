import assert from "node:assert/strict";
import { join } from "node:path";
import { WASH_TENANTS } from "../../actors/demo/part.ts";
import { type Api, apiOf, until } from "../support/api.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { readStream } from "../support/parcel_streams.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";
import { passedOn, sendSignal } from "../support/server_process.ts";
import { startTask } from "../support/start_task.ts";

const READY_WITHIN_MS = 40_000;
const UPLOADS_AT_LEAST = 50;

Deno.test("the demo shows streams of parcels and a dozen car washes at work, and Ctrl-C ends all of it [S0-25]", async (t) => {
  const [tmp, bin] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  for (const name of ["xdg-open", "open"]) {
    await Deno.writeTextFile(join(bin, name), `#!/bin/sh\necho "$1" > "${join(bin, "opened")}"\n`, { mode: 0o755 });
  }
  const demo = startTask("demo", {
    cwd: projectRoot,
    detached: true,
    clearEnv: true,
    env: { ...passedOn(), PATH: `${bin}:${Deno.env.get("PATH")}`, PORT: "0", TMPDIR: tmp },
    withinMs: READY_WITHIN_MS,
    urlIn: (line) => /The API: +(http:\/\/127\.0\.0\.1:\d+)\/docs$/.exec(line)?.[1],
  });
  const { child, log, read } = demo;
  let processes: number[] = [];
  try {
    const url = await demo.url;
    processes = [child.pid, ...descendantsOf(child.pid)];
    const apis = WASH_TENANTS.map((tenant) => apiOf({ url }, { tenant }));

    await t.step("streams of parcels go on", async () => {
      for (const [tenant, name] of [["demo", "north"], ["demo", "south"], ["acme", "harbour"]] as const) {
        const api = apiOf({ url }, { tenant });
        const { checkpoint } = await until(`${name} has events`, async () => {
          const stream = await readStream(api, name);
          return stream.checkpoint > 0 ? stream : undefined;
        });
        await until(`${name} goes on`, async () => (await readStream(api, name)).checkpoint > checkpoint || undefined);
      }
    });

    await t.step("each tenant has uploaded its employees fifty times and more [S0-20]", async () => {
      for (const api of apis) {
        const uploads = await until("fifty uploads are processed", async () => {
          const all = await itemsOf(api, "/api/employee-uploads?limit=200");
          return all.filter(({ status }) => status === "completed").length >= UPLOADS_AT_LEAST ? all : undefined;
        });
        for (const { status, staged, accepted, rejected } of uploads) {
          if (status === "completed") assert.deepEqual([accepted, rejected], [staged as number - 1, 1]);
        }
        assert.ok((await itemsOf(api, "/api/employees")).length > 0);
      }
    });

    await t.step("customers act, and get letters", async () => {
      for (const api of apis.slice(0, 3)) {
        await until("an action is complete", async () => {
          const actions = await itemsOf(api, "/api/customer-actions");
          return actions.some(({ status }) => status === "completed") || undefined;
        });
        assert.ok((await itemsOf(api, "/api/mail")).length > 0);
      }
    });

    await t.step("each tenant's books are kept as the ledger has them, by a schedule", async () => {
      for (const api of apis) {
        await until("its transactions are there", async () => {
          return (await itemsOf(api, "/api/transactions?limit=5")).length === 5 || undefined;
        });
      }
      await until("a schedule has ticked", async () => {
        const ticks = await itemsOf(apis[0]!, "/api/schedules/financial-sync/ticks");
        return ticks.some(({ cause }) => cause === "due") || undefined;
      });
    });

    await t.step("a page is opened", async () => {
      const page = await fetch(`${url}/streams`);
      await page.body?.cancel();
      assert.equal(page.status, 200);
      const opened = await until(
        "a browser is opened",
        () => Deno.readTextFile(join(bin, "opened")).then((text) => text || undefined, () => undefined),
      );
      assert.equal(opened.trim(), `${url}/streams`);
    });
  } finally {
    // As a terminal does: to everybody in the group.
    sendSignal(-child.pid, "SIGINT");
    const { code } = await child.status;
    await read;
    assert.ok(code === 0, `exit code ${code}:\n${log.tail(40)}`);
    assert.deepEqual(processes.filter(isAlive), []);
    assert.deepEqual([...Deno.readDirSync(tmp)].map(({ name }) => name), []);
    for (const folder of [tmp, bin]) await Deno.remove(folder, { recursive: true });
  }
});

async function itemsOf(api: Api, path: string): Promise<Record<string, unknown>[]> {
  const response = await api.send("GET", path);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text).items;
}
