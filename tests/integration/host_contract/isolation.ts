import assert from "node:assert/strict";
import { type CreateHost, HostRig } from "../../support/host_rig.ts";

/** What a handler may reach, and how far what it does wrong outside of its turn goes. */
export function isolationContract(name: string, createHost: CreateHost): void {
  Deno.test(`${name} refuses files, environment and network to a kind that asked for none`, async () => {
    await using rig = await HostRig.start(createHost);
    const refused = async (message: string, payload: unknown) => {
      const { error } = await rig.failure(rig.tell({ kind: "rogue", key: message }, message, payload));
      assert.match(error.stack ?? "", /NotCapable/, message);
    };
    await refused("readFile", { path: "/etc/hostname" });
    await refused("readEnv", { name: "HOME" });
    await refused("connect", { port: 1 });
  });

  Deno.test(`${name} gives a kind what it asked for, and nothing else`, async () => {
    await using rig = await HostRig.start(createHost);
    const read = (variable: string) => rig.tell({ kind: "trusted", key: variable }, "readEnv", { name: variable });
    assert.equal(await rig.result(read("MAILROOM_HOST_TEST")), "seen");
    assert.match((await rig.failure(read("HOME"))).error.stack ?? "", /NotCapable/);
  });

  Deno.test(`${name} survives errors outside of any turn, and tells them`, async () => {
    await using rig = await HostRig.start(createHost);
    for (const [message, said] of [["throwLater", "Thrown"], ["rejectLater", "Rejected"]] as const) {
      assert.equal(await rig.result(rig.tell({ kind: "rogue", key: message }, message, {})), null);
      await rig.notice("stray-error", (notice) => notice.message.includes(`${said} outside of any turn`));
    }
    assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
    assert.ok(rig.recorder.log.every((one) => one.heard !== "notice" || one.notice.notice !== "worker-replaced"));
  });

  Deno.test(`${name} ignores what a handler posts past the runtime`, async () => {
    await using rig = await HostRig.start(createHost);
    assert.equal(await rig.result(rig.tell({ kind: "rogue", key: "one" }, "post", {})), null);
    assert.equal(await rig.result(rig.tell({ key: "after" }, "add", { by: 1 })), 1);
  });

  for (const message of ["exit", "close"]) {
    Deno.test(`${name} replaces a worker that a handler ended with ${message}`, async () => {
      await using rig = await HostRig.start(createHost);
      const [ending, behind] = rig.deliver({ kind: "rogue", key: "one" }, [message, {}], ["exit", {}]);
      const loss = { verdict: "exited" as const };
      assert.deepEqual(await rig.loss(ending!), { ...loss, turn: ending, started: true, culprit: true });
      assert.deepEqual(await rig.loss(behind!), { ...loss, turn: behind, started: false, culprit: false });
      assert.equal((await rig.notice("worker-replaced")).reason, "exited");
      const after = Array.from({ length: 40 }, (_, key) => rig.tell({ key: `${key}` }, "add", { by: 1 }));
      await Promise.all(after.map((turn) => rig.result(turn)));
    });
  }

  const endBeside = async (message: string) => {
    const rig = await HostRig.start(createHost);
    const waiting = Array.from({ length: 4 }, (_, key) => rig.tell({ key: `${key}` }, "passGate", {}));
    for (const turn of waiting) await rig.request(turn);
    const ending = await rig.loss(rig.tell({ kind: "rogue", key: "one" }, message, {}));
    await rig.notice("worker-replaced");
    const lost = rig.recorder.log.flatMap((one) => one.heard === "lost" ? [one.lost] : []);
    return { rig, ending, beside: lost.filter(({ turn }) => turn !== ending.turn) };
  };

  Deno.test(`${name} suspects all, and blames nobody, when the worker that ended itself ran several turns`, async () => {
    const { rig, ending, beside } = await endBeside("exitLater");
    await using _ = rig;
    assert.deepEqual([ending.started, ending.culprit], [true, false]);
    assert.ok(beside.length >= 2 && beside.every(({ started, culprit }) => started && !culprit));
  });

  Deno.test(`${name} knows the turn that ended its worker before it had waited for anything`, async () => {
    const { rig, ending, beside } = await endBeside("exit");
    await using _ = rig;
    assert.deepEqual([ending.started, ending.culprit], [true, true]);
    assert.ok(beside.length >= 2 && beside.every(({ started, culprit }) => !started && !culprit));
  });
}
