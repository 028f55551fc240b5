import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { systemRandom } from "../../runtime/core/random.ts";
import { chooseHost, type Isolation } from "../../runtime/host/choose.ts";
import { plainWorkersWork } from "../../runtime/host/plain_workers.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HostRig } from "../support/host_rig.ts";
import { registry } from "../support/registry/host_registry.ts";
import { workersAlive } from "../support/workers_alive.ts";

Deno.env.set("MAILROOM_HOST_TEST", "seen");

const choose = (isolation: Isolation, onDeploy: boolean) =>
  chooseHost({
    isolation,
    onDeploy,
    registry,
    workerUrl: import.meta.resolve("../support/registry/host_worker.ts"),
    workers: 1,
    memoryMb: 128,
    configUrl: import.meta.resolve("../deno.json"),
    sourceUrls: [],
    env: {},
    clock: systemClock,
    random: systemRandom,
  });

/** Takes a global away for the life of the answer. */
function without(owner: object, name: string): Disposable {
  const before = Object.getOwnPropertyDescriptor(owner, name)!;
  Object.defineProperty(owner, name, { value: undefined, configurable: true });
  return { [Symbol.dispose]: () => void Object.defineProperty(owner, name, before) };
}

const started = async (isolation: Isolation, onDeploy: boolean) =>
  await HostRig.start(await choose(isolation, onDeploy));

Deno.test("chooseHost() on Deno Deploy takes workers that have the permissions of the process", async () => {
  const before = await workersAlive();
  await using rig = await started("auto", true);
  assert.equal(await workersAlive() - before, 1);
  const turn = rig.tell({ kind: "rogue", key: "one" }, "readEnv", { name: "MAILROOM_HOST_TEST" });
  assert.equal(await rig.result(turn), "seen");
});

Deno.test("chooseHost() on Deno Deploy takes this isolate where there are no workers", async () => {
  using _ = without(globalThis, "Worker");
  await using rig = await started("auto", true);
  assert.equal(await rig.result(rig.tell({ key: "one" }, "add", { by: 2 })), 2);
});

Deno.test("chooseHost() asks for workers with permissions only where Deno is known to give them", async () => {
  using _ = without(Deno, "cron");
  await assert.rejects(choose("worker", false), { code: "invalid-config", message: /worker-options/ });
});

for (const [how, source] of [["throws", "throw new Error('no')"], ["cannot be read", "syntax error"]] as const) {
  Deno.test(`plainWorkersWork() is false when the worker ${how}`, async () => {
    assert.equal(
      await plainWorkersWork(systemClock, `data:application/javascript,${encodeURIComponent(source)}`),
      false,
    );
  });
}

Deno.test("plainWorkersWork() is false when the worker says nothing for two seconds", async () => {
  const clock = new FakeClock();
  const works = plainWorkersWork(clock, "data:application/javascript,");
  clock.advance(2_000);
  assert.equal(await works, false);
  assert.equal(clock.armed, 0);
});
