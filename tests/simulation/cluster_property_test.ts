import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { SimulatedCluster } from "../support/cluster_rig.ts";
import { tally } from "../support/registry/system_registry.ts";

const NODES = ["one", "two", "three"] as const;
const node = fc.constantFrom(...NODES);
const actor = fc.constantFrom("a", "b", "c", "d", "e");
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant("tell" as const), node, actor, failures: fc.constantFrom(0, 0, 0, 1) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("burst" as const), node }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("backlog" as const), node }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1, 5, 300, 2_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const), node }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("begin" as const), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut off" as const), node, ms: fc.constantFrom(500, 4_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), node, drained: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause" as const), node, paused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose hints" as const), lost: fc.boolean() }) },
);
const BURST = Array.from({ length: 12 }, (_, number) => `burst${number}`);

const BACKLOG = Array.from({ length: 8 }, (_, number) => `backlog${number}`);
const EACH = 6;

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

Deno.test("whatever becomes of three nodes, every message changes its actor once and in order (P3, P7, P8)", async () => {
  let shed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.nat(),
      fc.nat(30),
      async (steps, seed, slow) => {
        using rig = await SimulatedCluster.open();
        const random = seededRandom(seed);
        rig.database.latencyMs = () => random.next() < 0.3 ? random.next() * slow : 0;
        const accepted = new Map<string, string[]>();
        for (const name of NODES) await rig.during(rig.begin(name, { slots: 1 }));
        for (const [number, step] of steps.entries()) await play(rig, step, { text: `m${number}`, accepted });
        await settle(rig);
        shed += rig.database.shed;
        assert.deepEqual(rig.database.conflicts, [], "no node handles what is another's");
        for (const [key, texts] of accepted) {
          const seen: string[] = await rig.during(rig.system("last").ask(tally.at("acme", key), "seen"));
          assert.equal(new Set(seen).size, seen.length, `${key}: ${seen}`);
          assert.deepEqual(seen.filter((text) => texts.includes(text)), texts);
        }
      },
    ),
    { numRuns: Number(Deno.env.get("CLUSTER_RUNS") ?? 60), endOnFailure: false },
  );
  assert.ok(shed > 0, "no node gave anything up to another");
});

async function play(
  rig: SimulatedCluster,
  step: Step,
  { text, accepted }: { text: string; accepted: Map<string, string[]> },
): Promise<void> {
  if (step.do === "advance") return await rig.advance(step.ms);
  if (step.do === "lose hints") return void (rig.database.losesHints = step.lost);
  const { system, mortality } = rig.nodes.get(step.node)!;
  const isOver = mortality.dead || system.health().status === "stopped" || rig.nodes.get(step.node)!.fatal !== null;
  if (step.do === "begin") {
    if (!isOver) return;
    rig.nodes.get(step.node)!.kill();
    return void await rig.during(rig.begin(step.node, { slots: 1 }));
  }
  if (isOver) return;
  switch (step.do) {
    case "tell": {
      const payload = { by: 1, text, failures: step.failures };
      const told = await rig.during(system.tell(tally.at("acme", step.actor), "add", payload)).catch(() => null);
      if (told !== null) accepted.set(step.actor, [...accepted.get(step.actor) ?? [], text]);
      return;
    }
    case "burst":
      for (const actor of BURST) void system.tell(tally.at("acme", actor), "add", { by: 1 }).catch(() => {});
      return;
    case "backlog": {
      const told = Array.from({ length: BACKLOG.length * EACH }, async (_, number) => {
        const actor = BACKLOG[number % BACKLOG.length]!;
        const sent = `${text}-${number}`;
        const to = tally.at("acme", actor);
        const taken = await system.tell(to, "add", { by: 1, text: sent }).then(() => true, () => false);
        if (taken) accepted.set(actor, [...accepted.get(actor) ?? [], sent]);
      });
      return void await rig.during(Promise.all(told));
    }
    case "kill":
      return rig.nodes.get(step.node)!.kill();
    case "stop":
      return await rig.during(system.stop({ graceMs: 100 }));
    case "cut off":
      rig.database.cutOff.add(step.node);
      await rig.advance(step.ms);
      return void rig.database.cutOff.delete(step.node);
    case "drain":
      return void await rig.during(system.nodes.drain("acme", step.node, step.drained)).catch(() => {});
    case "pause": {
      const { pauseKind, resumeKind } = system.control;
      return await rig.during((step.paused ? pauseKind : resumeKind)("acme", "tally")).catch(() => {});
    }
  }
}

/** A node that nobody has drained, cut off or paused anything for does what is left. */
async function settle(rig: SimulatedCluster): Promise<void> {
  rig.database.cutOff.clear();
  const { system } = await rig.during(rig.begin("last"));
  await rig.during(system.control.resumeKind("acme", "tally"));
  await rig.advance(6_000);
  await rig.until(() => system.health().pending === 0, 20_000);
}
