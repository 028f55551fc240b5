import assert from "node:assert/strict";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { Store } from "../../runtime/store/contract.ts";
import { closeGate } from "../support/gates.ts";
import { flaky } from "../support/registry/system_jobs.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

const ONE = tally.at("acme", "one");

/** A disk that a test fills and frees. */
function fillableDisk() {
  const disk = { full: false };
  const around = (store: Store): Store => ({
    ownership: store.ownership,
    read: store.read,
    close: () => store.close(),
    write(batch) {
      if (!disk.full) return store.write(batch);
      return Promise.reject(new RuntimeError("storage-unavailable", "The disk is full", { retryable: true }));
    },
  });
  return { disk, around };
}

Deno.test("System.tell() answers storage-unavailable while the disk is full, and heals by itself (P24)", async () => {
  const { disk, around } = fillableDisk();
  await using node = await setup({ around });
  const { system, recorder } = node;
  disk.full = true;
  const [unavailable, available] = [recorder.next("storage.unavailable"), recorder.next("storage.available")];
  await assert.rejects(system.tell(ONE, "add", { by: 1 }), { code: "storage-unavailable", retryable: true });
  await unavailable;
  assert.deepEqual([system.health().status, system.health().storage], ["unavailable", "unavailable"]);
  disk.full = false;
  await available;
  assert.equal(system.health().status, "ready");
  await system.tell(ONE, "add", { by: 2 });
  await node.quiet();
  assert.equal(await system.ask(ONE, "count"), 2);
});

Deno.test("A turn that ends while the disk is full is committed once when it heals, and not run again (P3, P24)", async () => {
  const { disk, around } = fillableDisk();
  await using node = await setup({ around });
  const { system, recorder } = node;
  using gate = closeGate("held");
  await system.tell(ONE, "pass", { gate: "held" });
  await system.tell(ONE, "add", { by: 1 });
  await gate.reached();
  disk.full = true;
  const [unavailable, available] = [recorder.next("storage.unavailable"), recorder.next("storage.available")];
  gate.open();
  await unavailable;
  assert.equal(await system.ask(ONE, "count"), 0, "what is asked sees committed state only");
  assert.deepEqual(recorder.of("turn.committed"), []);
  disk.full = false;
  await available;
  await node.quiet();
  assert.deepEqual(recorder.of("turn.committed").map(({ attempt }) => attempt), [1, 1]);
  assert.deepEqual([await system.ask(ONE, "seen"), await system.ask(ONE, "count")], [["held"], 1]);
});

Deno.test("System.stop() ends although the disk is full; what was not written runs again (P22, P24)", async () => {
  const { disk, around } = fillableDisk();
  await using node = await setup({ around });
  using gate = closeGate("held");
  await node.system.tell(ONE, "pass", { gate: "held" });
  await gate.reached();
  disk.full = true;
  const unavailable = node.recorder.next("storage.unavailable");
  gate.open();
  await unavailable;
  await node.system.stop({ graceMs: 0 });
  assert.deepEqual([node.system.health().status, node.armed], ["stopped", 0]);
  disk.full = false;
  await node.restart();
  await node.quiet();
  assert.deepEqual(await node.system.ask(ONE, "seen"), ["held"]);
});

Deno.test("createSystem() says that it must end when the store does not know what has happened", async () => {
  const failures: RuntimeError[] = [];
  let broken = false;
  await using node = await setup({
    onFatal: (error) => void failures.push(error),
    around: (store) => ({
      ownership: store.ownership,
      read: store.read,
      close: () => store.close(),
      write: (batch) => broken ? Promise.reject(new RuntimeError("storage-corrupt", "damaged")) : store.write(batch),
    }),
  });
  broken = true;
  await assert.rejects(node.system.tell(ONE, "add", { by: 1 }), { code: "storage-corrupt" });
  assert.deepEqual(failures.map(({ code }) => code), ["storage-corrupt"]);
  assert.deepEqual(node.recorder.of("system.failed").map(({ code }) => code), ["storage-corrupt"]);
});

Deno.test("A turn whose state cannot be read waits a while and runs then, at the cost of no attempt", async () => {
  let broken = true;
  let reads = 0;
  await using node = await setup({
    around: (store) => ({
      ownership: store.ownership,
      write: (batch) => store.write(batch),
      close: () => store.close(),
      read: {
        ...store.read,
        snapshot(address) {
          reads++;
          return broken ? Promise.reject(new Error("the read failed")) : store.read.snapshot(address);
        },
      },
    }),
  });
  await node.system.tell(ONE, "add", { by: 1 });
  assert.equal(reads, 1);
  broken = false;
  await node.quiet();
  assert.deepEqual([await node.system.ask(ONE, "count"), reads <= 3], [1, true]);
});

Deno.test("A turn of a kind whose state holds nothing asks for none, on its retries either", async () => {
  let reads = 0;
  await using node = await setup({
    around: (store) => ({
      ownership: store.ownership,
      write: (batch) => store.write(batch),
      close: () => store.close(),
      read: {
        ...store.read,
        snapshot(address) {
          reads++;
          return store.read.snapshot(address);
        },
      },
    }),
  });
  await node.system.tell(flaky.at("acme", "j1"), "run", { failures: 2 }, { fresh: true });
  await node.quiet();
  assert.deepEqual([node.recorder.of("turn.committed").length, reads], [1, 0]);
});
