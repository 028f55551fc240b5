import assert from "node:assert/strict";
import type { RowWrite } from "../../runtime/actor/journal.ts";
import type { EntryResult, Store, StoreEntry } from "../../runtime/store/contract.ts";
import { batchTables } from "../../runtime/batch/tables.ts";
import type { BatchRow } from "../../runtime/batch/rows.ts";
import { statusOf } from "../../runtime/batch/status.ts";
import { deedOf } from "../support/deeds.ts";
import { closeGate } from "../support/gates.ts";
import { press, registry } from "../support/registry/batches_registry.ts";
import { readEvents } from "../support/read_events.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

const kinds = { registry, registryUrl: new URL("../support/registry/batches_registry.ts", import.meta.url).href };
const at = press.at("acme", "main");

/** The end of each of so many batches is told, and what that sends is handled. */
async function ended({ recorder }: TestSystem, batches = 1): Promise<void> {
  await recorder.until(() => recorder.of("batch.ended").length >= batches);
}

async function batchesOf({ system }: TestSystem): Promise<BatchRow[]> {
  return [...await system.query("acme", batchTables.queries.page, { limit: 50 })];
}

/** A store to which a node comes too late with the end of any batch: as if it had died before. */
function refusing(store: Store, isDeaf: () => boolean): Store {
  const tells = ({ writes }: StoreEntry) =>
    writes.some((each) => each.write === "row" && each.row.write === "doneTold");
  const gone = { code: "conflict", message: "It is too late", retryable: true } as const;
  const write = async (batch: readonly StoreEntry[]): Promise<readonly EntryResult[]> => {
    const results = [...await store.write(batch.filter((entry) => !isDeaf() || !tells(entry)))];
    return batch.map((entry) => isDeaf() && tells(entry) ? { status: "refused", error: gone } : results.shift()!);
  };
  return {
    ...store,
    get room() {
      return store.room!;
    },
    write,
    close: () => store.close(),
  } as Store;
}

Deno.test("ctx.spawn() makes a job for each payload, and tells the spawner once when all have ended", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  await system.tell(at, "print", { copies: 5 });
  await ended(node);
  await node.quiet();
  const { ended: told } = await system.ask(at, "state");
  assert.deepEqual(told.map(({ batchId: _, ...counts }) => counts), [
    { name: "children", total: 5, succeeded: 5, failed: 0, cancelled: 0 },
  ]);
  const types = (await readEvents(system, "acme")).map(({ type }) => type);
  assert.equal(types.filter((type) => type === "job.succeeded").length, 5);
  assert.equal(types.filter((type) => type === "batch.completed").length, 1);
});

Deno.test("Children of one batch may end in any way: the spawner is told of the first that is given up, once, and of the end", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  await system.tell(at, "print", { copies: 5, failing: 2 });
  await ended(node);
  await node.quiet();
  const { ended: told, failing } = await system.ask(at, "state");
  assert.deepEqual(told.map(({ batchId: _, ...counts }) => counts), [
    { name: "children", total: 5, succeeded: 3, failed: 2, cancelled: 0 },
  ]);
  assert.deepEqual(failing.map(({ name, kind, error }) => ({ name, kind, error })), [
    { name: "children", kind: "print", error: { code: "handler-failed", message: "It cannot be printed" } },
  ]);
  assert.equal((await batchesOf(node)).map(statusOf).join(), "failed");
});

Deno.test("A batch without children ends at once", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "print", { copies: 0 });
  await ended(node);
  await node.quiet();
  const { ended: told } = await node.system.ask(at, "state");
  assert.deepEqual(told.map(({ total }) => total), [0]);
});

Deno.test("An attempt that fails spawns nothing; the next one spawns the same batch", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "print", { copies: 3, throws: true });
  await ended(node);
  await node.quiet();
  const [batch, ...others] = await batchesOf(node);
  assert.deepEqual([batch?.total, batch?.succeeded, others.length], [3, 3, 0]);
});

Deno.test("A generator spawns many in bounded commits: killed anywhere, each child comes to be once, and one end is told", async () => {
  await using node = await setup({ kinds });
  using first = closeGate("press-200");
  using second = closeGate("press-600");
  await node.system.tell(at, "edition", { copies: 1_000, atOnce: 100, gate: "press" });
  await first.reached();
  await node.restart();
  await first.reached();
  first.open();
  await second.reached();
  await node.restart();
  second.open();
  await ended(node);
  await node.quiet();
  const [batch] = await batchesOf(node);
  assert.deepEqual([batch?.total, batch?.open, batch?.succeeded], [1_000, 0, 1_000]);
  const { ended: told } = await node.system.ask(at, "state");
  assert.deepEqual(told.map(({ total, succeeded }) => [total, succeeded]), [[1_000, 1_000]]);
  const printed = (await readEvents(node.system, "acme")).filter(({ type }) => type === "job.succeeded");
  assert.equal(new Set(printed.map(({ subject }) => subject)).size, 1_000);
});

Deno.test("No end is told before the spawner's message has been handled, though all children so far have ended", async () => {
  await using node = await setup({ kinds });
  using gate = closeGate("press-2");
  await node.system.tell(at, "edition", { copies: 4, atOnce: 2, gate: "press" });
  await gate.reached();
  await node.recorder.until(() => node.recorder.of("turn.committed").length === 2);
  const [batch] = await batchesOf(node);
  assert.deepEqual([batch?.total, batch?.open, batch?.sealed], [2, 0, 0]);
  assert.deepEqual(node.recorder.of("batch.ended"), []);
  gate.open();
  await ended(node);
  assert.deepEqual((await batchesOf(node)).map(({ total, doneTold }) => [total, doneTold]), [[4, 1]]);
});

Deno.test("A batch that was begun in an earlier life ends, though its message begins no more children in the next", async () => {
  await using node = await setup({ kinds });
  using gate = closeGate("last");
  await node.system.tell(at, "edition", { copies: 2, atOnce: 2, last: "last" });
  await gate.reached();
  await node.restart();
  await gate.reached();
  gate.open();
  await ended(node);
  assert.deepEqual((await batchesOf(node)).map(({ total, succeeded }) => [total, succeeded]), [[2, 2]]);
});

Deno.test("A batch that a failed attempt has begun ends, though the next attempt begins no more children", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "edition", { copies: 2, atOnce: 2, throws: true });
  await ended(node);
  assert.equal(node.recorder.of("turn.retried").length, 1);
  assert.deepEqual((await batchesOf(node)).map(({ total, succeeded }) => [total, succeeded]), [[2, 2]]);
});

Deno.test("An actor with one message can be a child", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "tick", { times: 7 });
  await ended(node);
  await node.quiet();
  const { ended: told } = await node.system.ask(at, "state");
  assert.deepEqual(told.map(({ total, succeeded }) => [total, succeeded]), [[7, 7]]);
});

Deno.test("Children may spawn: their batches lie below that which they are counted in", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "booklets", { booklets: 3, pages: 4 });
  await ended(node, 4);
  const [above, ...below] = (await batchesOf(node)).sort((one, other) => one.createdAt - other.createdAt || 1);
  assert.equal(below.length, 3);
  const top = [above!, ...below].find(({ parentBatch }) => parentBatch === null)!;
  const nested = await node.system.query("acme", batchTables.queries.nested, { ids: [top.id], limit: 10 });
  assert.deepEqual(nested.map(({ total, succeeded }) => [total, succeeded]), [[4, 4], [4, 4], [4, 4]]);
});

Deno.test("What a node did not live to tell is told in its next life", async () => {
  let deaf = true;
  await using node = await setup({ kinds, around: (store) => refusing(store, () => deaf) });
  await node.system.tell(at, "print", { copies: 3 });
  await node.recorder.until(() => node.recorder.of("turn.committed").length === 4);
  await node.restart();
  deaf = false;
  await node.restart();
  await ended(node);
  await node.quiet();
  const { ended: told } = await node.system.ask(at, "state");
  assert.deepEqual(told.map(({ total }) => total), [3]);
});

Deno.test("Batches.cancel() ends what waits and what runs, and the spawner is told how many", async () => {
  await using node = await setup({ kinds, slots: 2 });
  using gate = closeGate("held");
  await node.system.tell(at, "print", { copies: 50, gate: "held" });
  await gate.reached();
  const [batch] = await batchesOf(node);
  await node.system.batches.cancel("acme", batch!.id, deedOf("ann"));
  await ended(node);
  await node.quiet();
  const [after] = await batchesOf(node);
  assert.deepEqual([after?.cancelled, after?.open, statusOf(after!), after?.cancelWishedBy], [
    50,
    0,
    "cancelled",
    "ann",
  ]);
  const { ended: told } = await node.system.ask(at, "state");
  assert.deepEqual(told.map(({ cancelled }) => cancelled), [50]);
  await assert.rejects(node.system.batches.cancel("acme", batch!.id), { code: "conflict" });
  await assert.rejects(node.system.batches.cancel("beta", batch!.id), { code: "conflict" });
});

Deno.test("Children that are spawned into a cancelled batch are cancelled too", async () => {
  await using node = await setup({ kinds });
  using gate = closeGate("press-10");
  using held = closeGate("held");
  await node.system.tell(at, "edition", { copies: 40, atOnce: 10, gate: "press", held: "held" });
  await gate.reached();
  await held.reached();
  const [batch] = await batchesOf(node);
  await node.system.batches.cancel("acme", batch!.id);
  gate.open();
  await ended(node);
  assert.deepEqual((await batchesOf(node)).map(({ total, cancelled }) => [total, cancelled]), [[40, 40]]);
});

Deno.test("The batches of a cancelled batch's children are cancelled with it, also after a death", async () => {
  await using node = await setup({ kinds });
  using gate = closeGate("held");
  await node.system.tell(at, "booklets", { booklets: 2, pages: 3, gate: "held" });
  await gate.reached();
  await node.recorder.until(() => node.recorder.of("turn.committed").length === 3);
  const top = (await batchesOf(node)).find(({ parentBatch }) => parentBatch === null)!;
  assert.equal(statusOf(top), "completed");
  const nested = await node.system.query("acme", batchTables.queries.nested, { ids: [top.id], limit: 10 });
  await node.system.batches.cancel("acme", nested[0]!.id);
  await node.restart();
  await node.recorder.until(() => node.recorder.of("batch.ended").some(({ id }) => id === nested[0]!.id));
  const [cancelled] = (await batchesOf(node)).filter(({ id }) => id === nested[0]!.id);
  assert.deepEqual([cancelled?.cancelled, statusOf(cancelled!)], [3, "cancelled"]);
});

Deno.test("Of two who have seen a batch end, or a child fail, one tells it", async () => {
  await using node = await setup({ kinds });
  await node.system.tell(at, "print", { copies: 3, failing: 1 });
  await ended(node);
  const [batch] = await batchesOf(node);
  const { id, succeeded, failed, cancelled } = batch!;
  const late = (write: string, args: RowWrite["args"]) =>
    node.system.write("acme", { rows: [{ tables: "batches", write, args: { id, ...args } }] });
  await assert.rejects(late("doneTold", { succeeded, failed, cancelled, at: 1 }), { code: "conflict" });
  await assert.rejects(late("failedTold", {}), { code: "conflict" });
});
