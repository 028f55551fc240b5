import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry, defineActor } from "../../runtime/authoring.ts";
import type { CreateHost } from "../support/host_rig.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { STARTED_AFTER_MS } from "../../runtime/host/contract.ts";
import { createInlineHost } from "../../runtime/host/inline_host.ts";
import { ABORT_GRACE_MS } from "../../runtime/actor/turn.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HostRig } from "../support/host_rig.ts";
import { registry } from "../support/registry/host_registry.ts";

async function setup() {
  const clock = new FakeClock(1_000);
  const createHost: CreateHost = (events) => createInlineHost({ registry, clock, random: seededRandom(1), events });
  return { clock, rig: await HostRig.start(createHost) };
}

Deno.test("inlineHost takes its time from the clock: started, deadline, grace", async () => {
  const { clock, rig } = await setup();
  const turn = rig.tell({ kind: "rogue", key: "one" }, "ignoreAbort", {}, 1_000);
  clock.advance(STARTED_AFTER_MS);
  assert.deepEqual(rig.recorder.log, [{ heard: "started", turn, startedAt: 1_000 }]);
  clock.advance(750 + ABORT_GRACE_MS);
  const { startedAt, finishedAt, ending } = await rig.outcome(turn);
  assert.deepEqual([startedAt, finishedAt, ending.end], [1_000, 3_000, "failed"]);
  await rig.host.stop();
  assert.equal(clock.armed, 0);
});

Deno.test("inlineHost arms no timer for turns that do not wait but one to tell a start", async () => {
  const { clock, rig } = await setup();
  await rig.result(rig.tell({ key: "one" }, "add", { by: 1 }));
  assert.equal(clock.armed, 1);
  clock.advance(STARTED_AFTER_MS);
  assert.equal(clock.armed, 0);
});

Deno.test("inlineHost leaves no timer and no open turn behind when it stops", async () => {
  const { clock, rig } = await setup();
  rig.tell({ key: "one" }, "passGate", {});
  rig.tell({ key: "two" }, "listen", {});
  await rig.host.stop();
  assert.equal(clock.armed, 0);
});

Deno.test("inlineHost counts a deadline from the start of the handler, computed before it waits or not", async () => {
  const clock = new FakeClock(1_000);
  const busy = defineActor({
    kind: "busy",
    state: z.object({}),
    initial: {},
    messages: { compute: z.object({ ms: z.number() }) },
    on: {
      compute(_state, { ms }, { signal }) {
        clock.advance(ms);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    },
  });
  const rig = await HostRig.start((events) =>
    createInlineHost({ registry: createRegistry([busy]), clock, random: seededRandom(1), events })
  );
  const bounds = [[1_000, 0], [60_000, 1_000]] as const;
  for (const [timeoutMs, attemptMs] of bounds) {
    const turn = rig.deliver({ kind: "busy", key: `${timeoutMs}` }, ["compute", { ms: 700 }, timeoutMs, attemptMs])[0]!;
    clock.advance(300);
    const { startedAt, finishedAt, ending } = await rig.outcome(turn);
    assert.deepEqual([finishedAt - startedAt, ending.end], [1_000, "failed"]);
  }
  await rig.host.stop();
});
