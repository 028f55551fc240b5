import assert from "node:assert/strict";
import { join } from "node:path";
import { WASH_TENANTS } from "../../actors/demo/part.ts";
import { openSeeded } from "../../actors/demo/seeded_part.ts";
import { type Api, apiOf, until } from "../support/api.ts";
import { projectRoot } from "../support/lint/project_path.ts";
import { listeningAt } from "../support/listening_at.ts";
import { readStream } from "../support/parcel_streams.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { isAlive } from "../support/processes_alive.ts";
import { passedOn, sendSignal } from "../support/server_process.ts";
import { startTask } from "../support/start_task.ts";

const READY_WITHIN_MS = 40_000;
const UPLOADS_AT_LEAST = 50;
/** 127.0.0.1, as the kernel writes it. */
const LOOPBACK = "0100007F";

Deno.test("the demo shows parcels, car washes and sellers of cards at work, and Ctrl-C ends all of it [S0-25, S4-51]", async (t) => {
  const [tmp, bin] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  for (const name of ["xdg-open", "open"]) {
    await Deno.writeTextFile(join(bin, name), `#!/bin/sh\necho "$1" > "${join(bin, "opened")}"\n`, { mode: 0o755 });
  }
  const demo = startTask("demo", {
    cwd: projectRoot,
    detached: true,
    clearEnv: true,
    env: { ...passedOn(), PATH: `${bin}:${Deno.env.get("PATH")}`, HOST: "0.0.0.0", PORT: "0", TMPDIR: tmp },
    withinMs: READY_WITHIN_MS,
    urlIn: (line) => /The API: +(http:\/\/127\.0\.0\.1:\d+)\/docs$/.exec(line)?.[1],
  });
  const { child, log, read } = demo;
  let processes: number[] = [];
  try {
    const url = await demo.url;
    processes = [child.pid, ...descendantsOf(child.pid)];
    const apis = WASH_TENANTS.map((tenant) => apiOf({ url }, { tenant }));

    await t.step("nobody else is let in, whatever the environment says of hosts", () => {
      const addresses = listeningAt(processes);
      // The server, three sources of scans, a bureau, a ledger, a catalogue and a card upstream.
      assert.ok(addresses.length >= 8, addresses.join());
      assert.deepEqual([...new Set(addresses)], [LOOPBACK]);
    });

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

    const sellers = openSeeded().tenants;
    const sellerApis = sellers.map(({ id: tenant }) => apiOf({ url }, { tenant }));

    await t.step("there are tenants with everything that `deno task seed` makes", async () => {
      for (const [index, { id, name, customers, orders }] of sellers.entries()) {
        const api = sellerApis[index]!;
        const [tenant] = (await itemsOf(api, "/api/tenants?limit=200")).filter((one) => one["id"] === id);
        assert.equal(tenant?.["name"], name);
        const known = await itemsOf(api, "/api/customers?limit=200");
        assert.deepEqual(known.filter((one) => (one["id"] as string).startsWith("c-")).length, customers.length);
        await until("its employees and parcels are there", async () => {
          const counts = await Promise.all(["/api/employees", "/api/parcels"].map((path) => itemsOf(api, path)));
          return counts.every(({ length }) => length > 0) || undefined;
        });
        await until("its orders are fulfilled", async () => {
          const all = await itemsOf(api, "/api/orders?status=succeeded&limit=200");
          return all.filter((one) => (one["requestId"] as string).startsWith("seed-")).length === orders.length ||
            undefined;
        });
      }
    });

    await t.step("cards are ordered; some of the orders fail", async () => {
      for (const status of ["succeeded", "failed"]) {
        await until(`an order has ${status}`, async () => {
          const all = await itemsOf(sellerApis[0]!, `/api/orders?status=${status}&limit=200`);
          return all.some((one) => (one["requestId"] as string).startsWith("demo-")) || undefined;
        });
      }
    });

    await t.step("the catalogue is there, and is kept in step", async () => {
      const cycles = (part: string) => itemsOf(sellerApis[0]!, `/api/catalog/cycles?part=${part}&limit=200`);
      for (const part of ["categories", "brands"]) {
        await until(`${part} are read`, async () => {
          return (await cycles(part)).some(({ status }) => status === "completed") || undefined;
        });
      }
      const { length: before } = await cycles("brands");
      assert.ok((await itemsOf(sellerApis[1]!, "/api/catalog/brands?limit=200")).length >= 30);
      assert.ok((await itemsOf(sellerApis[2]!, "/api/catalog/products?limit=5")).length === 5);
      await until("it is asked for again", async () => (await cycles("brands")).length > before || undefined);
    });

    await t.step("customers come, change and go, and are read from memory", async () => {
      const [api] = sellerApis;
      const wanted = ["customer.created", "customer.updated", "customer.deleted"];
      const seen = new Set<string>();
      await api!.eventsSince(0, ({ type, subject }) => {
        if (subject.startsWith("customer/new-")) seen.add(type);
        return wanted.every((type) => seen.has(type));
      });
      const read = async () => {
        const response = await api!.send("GET", "/api/customers/c-1001");
        await response.body?.cancel();
        return response.headers.get("x-cache");
      };
      await read();
      assert.equal(await read(), "hit");
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
