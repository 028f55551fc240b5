import assert from "node:assert/strict";
import type { BatchRow, SpawnedBatch, System } from "../../runtime/mod.ts";
import { batchWrite } from "../../runtime/batch/rows.ts";
import { batchTables } from "../../runtime/batch/tables.ts";
import { deedOf } from "../support/deeds.ts";
import { closeGate } from "../support/gates.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { readEvents } from "../support/read_events.ts";
import { press, registry } from "../support/registry/batches_registry.ts";
import { setup, type TestSystem } from "../support/test_system.ts";

/*
 * Batches that begin with a command, in the place of a turn that would spawn them: in everything but that they read and end
 * as those of `ctx.spawn`.
 */

const kinds = { registry, registryUrl: new URL("../support/registry/batches_registry.ts", import.meta.url).href };
const at = (key: string) => press.at("acme", key);

/** Of the press of this key: so many copies, of which the first fail. */
function printing(
  system: System,
  key: string,
  { copies, failing = 0, gate = "" }: { copies: number; failing?: number; gate?: string },
): SpawnedBatch {
  return {
    id: system.createId(),
    parent: { tenant: "acme", kind: "press", key },
    onAllDone: "ended",
    children: Array.from({ length: copies }, (_, index) => ({
      kind: "print",
      payload: { text: `${index}`, fails: index < failing, gate },
    })),
  };
}

/** The same of a binder, which says what follows from the end. */
function bindingOf(system: System, how: { copies: number; failing?: number }): SpawnedBatch {
  return { ...printing(system, "one", how), parent: { tenant: "acme", kind: "binder", key: "one" } };
}

async function binderEvents(system: System): Promise<readonly string[]> {
  const events = await readEvents(system, "acme");
  return events.map(({ type }) => type).filter((type) => type.startsWith("binder."));
}

async function batchesOf(system: System): Promise<readonly BatchRow[]> {
  return await system.query("acme", batchTables.queries.page, { limit: 500 });
}

async function ended({ recorder }: TestSystem, batches: number): Promise<void> {
  await recorder.until(() => recorder.of("batch.ended").length >= batches);
}

const messagesOf = ({ recorder }: TestSystem, kind: string) =>
  recorder.of("turn.committed").filter((turn) => turn.kind === kind).length;

Deno.test("System.tellAll() begins batches with their children, and tells each parent once when all of his have ended", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  const [one, two] = [
    printing(system, "one", { copies: 2 }),
    printing(system, "two", { copies: 3, failing: 1 }),
  ];
  assert.deepEqual(await system.tellAll([], { spawned: [one, two], deed: deedOf("ada") }), []);
  await ended(node, 2);
  await node.quiet();
  const toldTo = async (key: string) => (await system.ask(at(key), "state")).ended;
  const told = { name: "children", cancelled: 0 };
  assert.deepEqual(await toldTo("one"), [{ ...told, batchId: one.id, total: 2, succeeded: 2, failed: 0 }]);
  assert.deepEqual(await toldTo("two"), [{ ...told, batchId: two.id, total: 3, succeeded: 2, failed: 1 }]);
  assert.deepEqual([messagesOf(node, "press"), messagesOf(node, "print")], [2, 4], "no turn has spawned them");
  const events = await readEvents(system, "acme");
  const ends = events.filter(({ type }) => type.startsWith("batch.")).map(({ type, subject }) => `${type} ${subject}`);
  assert.deepEqual(ends.sort(), [`batch.completed batch/${one.id}`, `batch.failed batch/${two.id}`]);
});

Deno.test("A batch that begins with a command reads as one that a turn has spawned", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  await system.tell(at("one"), "print", { copies: 2 }, { deed: deedOf("ada") });
  await system.tellAll([], { spawned: [printing(system, "one", { copies: 2 })], deed: deedOf("ada") });
  await ended(node, 2);
  const rows = await batchesOf(system);
  const alike = rows.map(({ id: _, message: __, createdAt: ___, endedAt: ____, onAnyFailed: _____, ...row }) => row);
  assert.deepEqual(alike[0], alike[1]);
  assert.deepEqual([alike[0]!.by, alike[0]!.parentKey, alike[0]!.total], ["ada", "one", 2]);
});

Deno.test("System.tellAll() answers the commands alone, and begins nothing where one of all is refused", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  const tick = { to: { tenant: "acme", kind: "tick", key: "a" }, message: "tick", payload: { by: 1 } };
  const told = await system.tellAll([tick], { spawned: [printing(system, "one", { copies: 2 })] });
  assert.deepEqual(told.map(({ accepted }) => accepted), [true]);
  await ended(node, 1);
  const good = printing(system, "one", { copies: 2 });
  const wrong = { ...good, children: [...good.children, { kind: "print", payload: { text: 7 } }] };
  await assert.rejects(system.tellAll([tick], { spawned: [wrong] }), { code: "invalid-message" });
  const unknown = { ...good, children: [{ kind: "gone", payload: {} }] };
  await assert.rejects(system.tellAll([tick], { spawned: [unknown] }), { code: "unknown-kind" });
  const elsewhere = { ...good, parent: { ...good.parent, tenant: "zen" } };
  await assert.rejects(system.tellAll([tick], { spawned: [elsewhere] }), { code: "invalid-message" });
  await node.quiet();
  assert.deepEqual([messagesOf(node, "tick"), (await batchesOf(system)).length], [1, 1]);
});

Deno.test("A batch that begins with a command counts as one message against its tenant's limit, its children as what they are", async () => {
  await using node = await setup({ kinds, tenantPendingLimit: 3 });
  const { system } = node;
  using gate = closeGate("held");
  const begin = (batches: number) =>
    system.tellAll([], {
      spawned: Array.from({ length: batches }, () => printing(system, "one", { copies: 2, gate: "held" })),
    });
  await assert.rejects(begin(4), { code: "mailbox-full", retryable: true });
  await begin(1);
  await assert.rejects(begin(2), { code: "mailbox-full", retryable: true });
  await begin(1);
  await assert.rejects(begin(1), { code: "mailbox-full", retryable: true });
  gate.open();
  await ended(node, 2);
  await node.quiet();
  await begin(3);
  await ended(node, 5);
});

Deno.test("A repeat of an idempotency key begins no second batch", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  const idempotency = { scope: "POST /prints", key: "k", print: "p", answer: "first" };
  const begin = () => system.tellAll([], { spawned: [printing(system, "one", { copies: 2 })], idempotency });
  await Promise.all([begin(), begin()]);
  await ended(node, 1);
  await node.quiet();
  assert.deepEqual([(await batchesOf(system)).length, messagesOf(node, "print")], [1, 2]);
});

Deno.test("A batch that began with a command ends, once, though the node dies meanwhile, and is cancelled as a whole", async () => {
  await using node = await setup({ kinds, slots: 2 });
  using gate = closeGate("held");
  const killed = printing(node.system, "killed", { copies: 3, gate: "held" });
  await node.system.tellAll([], { spawned: [killed] });
  await gate.reached();
  await node.restart();
  await gate.reached();
  const unwanted = printing(node.system, "unwanted", { copies: 5, gate: "held" });
  await node.system.tellAll([], { spawned: [unwanted] });
  await node.system.batches.cancel("acme", unwanted.id, deedOf("ann"));
  await ended(node, 1);
  gate.open();
  await ended(node, 2);
  await node.quiet();
  const told = async (key: string) => (await node.system.ask(at(key), "state")).ended;
  assert.deepEqual((await told("killed")).map(({ total, succeeded }) => [total, succeeded]), [[3, 3]]);
  assert.deepEqual((await told("unwanted")).map(({ cancelled }) => cancelled), [5]);
});

Deno.test("A kind that says what follows from a batch's end has it committed with that, in the place of a turn", async () => {
  await using node = await setup({ kinds });
  const { system } = node;
  await system.tellAll([], { spawned: [bindingOf(system, { copies: 2 })] });
  await ended(node, 1);
  await node.quiet();
  assert.deepEqual([await binderEvents(system), messagesOf(node, "binder")], [["binder.done"], 0]);
  await system.tellAll([], { spawned: [bindingOf(system, { copies: 2, failing: 1 })] });
  await ended(node, 2);
  await node.quiet();
  assert.deepEqual([await binderEvents(system), messagesOf(node, "binder")], [["binder.done", "binder.torn"], 1]);
});

Deno.test("What follows from a batch's end waits while the kind is paused, over a death too, and then comes once", async () => {
  await using node = await setup({ kinds });
  await node.system.control.pauseKind("acme", "binder");
  await node.system.tellAll([], { spawned: [bindingOf(node.system, { copies: 2 })] });
  await ended(node, 1);
  assert.deepEqual([await binderEvents(node.system), node.system.health().pending], [[], 1]);
  await node.restart();
  await node.system.control.resumeKind("acme", "binder");
  await node.quiet();
  assert.deepEqual([await binderEvents(node.system), messagesOf(node, "binder")], [["binder.done"], 1]);
});

Deno.test("What failed and was mended is told after that it had failed, by messages in their order", async () => {
  await using node = await setup({ kinds, slots: 1 });
  using gate = closeGate("held");
  const { system } = node;
  await system.control.pauseKind("acme", "binder");
  const binding = bindingOf(system, { copies: 1, failing: 1 });
  await system.tellAll([], { spawned: [binding] });
  await ended(node, 1);
  // Nobody has the time for what was told.
  await system.tellAll([], { spawned: [printing(system, "one", { copies: 1, gate: "held" })] });
  await gate.reached();
  // As a retry that succeeds counts it.
  const mended = { id: binding.id, total: 0, open: 0, succeeded: 1, failed: -1, cancelled: 0, firstFailure: null };
  await system.control.resumeKind("acme", "binder");
  await system.write("acme", { rows: [batchWrite("counted", mended)] });
  await ended(node, 2);
  gate.open();
  await node.quiet();
  assert.deepEqual([await binderEvents(system), messagesOf(node, "binder")], [["binder.torn", "binder.done"], 2]);
});

Deno.test("nodes that share a store end batches that began with a command, and one of them tells each end", async () => {
  await using cluster = await PostgresCluster.open(["one", "two"], { registry, slots: 8 });
  const system = cluster.system("one");
  const batches = Array.from({ length: 200 }, (_, index) => printing(system, `press-${index}`, { copies: 2 }));
  await system.tellAll([], { spawned: batches });
  await cluster.until(() => cluster.told("batch.ended").length >= 200);
  await cluster.until(() => cluster.system("one").health().pending === 0);
  const rows = await batchesOf(cluster.system("two"));
  assert.deepEqual(new Set(rows.map(({ total, succeeded }) => `${total} ${succeeded}`)), new Set(["2 2"]));
  assert.deepEqual([rows.length, cluster.told("batch.ended").length], [200, 200]);
  const { ended } = await cluster.system("two").ask(at("press-7"), "state");
  assert.deepEqual(ended.map(({ batchId }) => batchId), [batches[7]!.id]);
});
