import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import type { Store, StoreReads } from "../../runtime/store/contract.ts";
import { closeGate, passGate } from "../support/gates.ts";
import { serveApp, type ServedApp } from "../support/served_app.ts";

const MARK = "x-deduplicated";
const JSON_TYPE = { "content-type": "application/json" };

/** A served app that counts the lists it reads, at a door that the test may close. */
async function setup() {
  let reads = 0;
  const around = (store: Store): Store => {
    const read = new Proxy(store.read, {
      get: (read, name: keyof StoreReads) => async (...args: never[]) => {
        if (name === "query" && (args as { tables?: string }[])[0]?.tables === jobTables.name) {
          reads++;
          await passGate("list", new AbortController().signal);
        }
        return await (read[name] as (...args: never[]) => unknown)(...args);
      },
    });
    return new Proxy(store, {
      get: (store, name: keyof Store) =>
        name === "read" ? read : typeof store[name] === "function" ? store[name].bind(store) : store[name],
    });
  };
  const served = await serveApp({ around });
  const list = async (signal?: AbortSignal) => {
    const response = await fetch(`${served.url}/api/jobs`, signal === undefined ? {} : { signal });
    return { mark: response.headers.get(MARK), text: await response.text() };
  };
  return { served, list, reads: () => reads, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

Deno.test("five readers of a list at once are one read, and four are told so (S4-31, S4-32)", async () => {
  await using rig = await setup();
  const answers = await Promise.all(Array.from({ length: 5 }, () => rig.list()));
  assert.equal(rig.reads(), 1);
  assert.deepEqual(answers.map(({ mark }) => mark).sort(), [null, "true", "true", "true", "true"].sort());
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

Deno.test("a reader that goes away takes nothing from the others, the one that runs neither (S4-31)", async () => {
  await using rig = await setup();
  using gate = closeGate("list");
  const gone = new AbortController();
  const leader = assert.rejects(rig.list(gone.signal), { name: "AbortError" });
  await gate.reached();
  const follower = assert.rejects(rig.list(gone.signal), { name: "AbortError" });
  const others = [rig.list(), rig.list()];
  gone.abort();
  await Promise.all([leader, follower]);
  gate.open();
  for (const { mark } of await Promise.all(others)) assert.equal(mark, "true");
  assert.equal(rig.reads(), 1);
});

Deno.test("whoever has submitted a job finds it in the list, however many read it (S4-33)", async () => {
  await using rig = await setup();
  const clients = Array.from({ length: 8 }, async () => {
    for (let round = 0; round < 25; round++) {
      const id = await submit(rig.served);
      assert.ok((await rig.list()).text.includes(id), "its own submission is missing");
    }
  });
  await Promise.all(clients);
  await rig.served.node.quiet();
});

async function submit({ url }: ServedApp): Promise<string> {
  const body = JSON.stringify({ type: "echo", payload: { text: "mine" } });
  const response = await fetch(`${url}/api/jobs`, { method: "POST", headers: JSON_TYPE, body });
  assert.equal(response.status, 201);
  return (await response.json()).id;
}
