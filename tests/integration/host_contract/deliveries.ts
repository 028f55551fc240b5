import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import { systemClock } from "../../../runtime/core/clock.ts";
import { type CreateHost, HostRig, type Mail } from "../../support/host_rig.ts";
import { onOneHost } from "../../support/one_host.ts";

/** What becomes of the envelopes of a delivery. */
export function deliveryContract(name: string, createHost: CreateHost): void {
  onOneHost(`${name} ends each envelope of a delivery as it should`, createHost, (promise) => {
    promise(`${name} hands the state of each turn to the next of the delivery`, async (rig) => {
      const turns = rig.deliver({ key: "one", state: { count: 5 } }, ["add", { by: 1 }], ["add", { by: 10 }], ["add", {
        by: 0,
      }]);
      const outcomes = await Promise.all(turns.map((turn) => rig.outcome(turn)));
      assert.deepEqual(outcomes.map(({ ending }) => ending), [
        { end: "done", result: "6" },
        { end: "done", result: "16" },
        { end: "done", result: "16" },
      ]);
      assert.deepEqual(outcomes.map(({ changes }) => changes?.state), ['{"count":6}', '{"count":16}', undefined]);
      assert.ok(outcomes.every(({ startedAt, finishedAt }) => startedAt > 0 && finishedAt >= startedAt));
    });

    promise(`${name} begins with the initial state when an actor has none`, async (rig) => {
      assert.equal(await rig.result(rig.tell({ key: "new" }, "add", { by: 3 })), 3);
    });

    promise(`${name} returns the rest of a delivery when its third envelope fails`, async (rig) => {
      const add: Mail = ["add", { by: 1 }];
      const turns = rig.deliver({ key: "one" }, add, add, ["refuse", { terminal: false }], add, add);
      const outcomes = await Promise.all(turns.map((turn) => rig.outcome(turn)));
      assert.deepEqual(outcomes.map(({ ending }) => ending.end), ["done", "done", "failed", "returned", "returned"]);
      assert.equal(outcomes[2]!.changes, undefined);
      assert.deepEqual(endedTurns(rig), turns);
    });

    promise(`${name} tells what a handler threw, and whether a retry may help`, async (rig) => {
      const failure = async (...mail: Mail) => (await rig.failure(rig.tell({ key: mail[0] }, ...mail))).error;
      const { stack, ...error } = await failure("refuse", { terminal: false });
      assert.deepEqual(error, { code: "handler-failed", message: "Not this time", retryable: true });
      assert.match(stack ?? "", /host_registry/);
      assert.ok(!(await failure("refuse", { terminal: true })).retryable);
      assert.equal((await failure("refuseLater", {})).message, "Not this time, said later");
      assert.equal((await failure("nothing-like-it", {})).code, "unknown-message");
    });

    promise(`${name} fails the turns of a kind that nobody knows`, async (rig) => {
      const turns = rig.deliver({ kind: "unicorn", key: "one" }, ["add", {}], ["add", {}]);
      assert.equal((await rig.failure(turns[0]!)).error.code, "unknown-kind");
      assert.equal((await rig.ending(turns[1]!)).end, "returned");
    });

    promise(`${name} begins no turn of a delivery after the instant before which it must have begun`, async (rig) => {
      const add: Mail = ["add", { by: 1 }];
      const until = (startBefore: number) => {
        const delivery = { ...rig.delivery({ key: `until ${startBefore}` }, [add, add]), startBefore };
        rig.host.deliver([delivery]);
        return Promise.all(delivery.envelopes.map(({ turn }) => rig.ending(turn)));
      };
      const now = systemClock.monotonic();
      assert.deepEqual((await until(now - 1)).map(({ end }) => end), ["returned", "returned"]);
      assert.deepEqual((await until(now + 60_000)).map(({ end }) => end), ["done", "done"]);
    });

    promise(`${name} returns what lies behind a snooze`, async (rig) => {
      const turns = rig.deliver({ key: "one" }, ["snooze", { delayMs: 700 }], ["add", { by: 1 }]);
      assert.deepEqual(await rig.ending(turns[0]!), { end: "snoozed", delayMs: 700 });
      assert.equal((await rig.ending(turns[1]!)).end, "returned");
    });

    promise(`${name} collects rows, sends and events, and tells notes before the outcome`, async (rig) => {
      const turn = rig.tell({ key: "one" }, "everything", {});
      const { changes } = await rig.outcome(turn);
      assert.deepEqual(changes, {
        state: '{"count":1}',
        rows: [{ tables: "shelf", write: "put", args: { id: "one" } }],
        sends: [{ tenant: "acme", kind: "gate", key: "main", name: "knock", payload: "{}", options: { delayMs: 5 } }],
        events: [{ type: "counter.changed", subject: "counter/one", data: '{"count":1}' }],
      });
      const heard = rig.recorder.log.filter(({ heard }) => heard === "note" || heard === "outcome");
      assert.deepEqual(heard.map(({ heard }) => heard), ["note", "note", "outcome"]);
      const notes = heard.flatMap((one) => one.heard === "note" ? [one.note] : []);
      assert.deepEqual(notes.flatMap((note) => "line" in note ? [note.line.message, note.line.fields] : []), [
        "counting",
        { count: 1 },
      ]);
      assert.deepEqual(notes.flatMap((note) => "progress" in note ? [note.progress] : []), [{ done: 1, total: 2 }]);
    });
  });

  Deno.test(`${name} stops twice, stops unstarted, and is silent afterwards`, async () => {
    await new HostRig(createHost).host.stop();
    await using rig = await HostRig.start(createHost);
    const waiting = rig.tell({ key: "one" }, "passGate", {});
    await rig.request(waiting);
    const heard = rig.recorder.log.length;
    await Promise.all([rig.host.stop(), rig.host.stop()]);
    rig.host.deliver([rig.delivery({ key: "two" }, [["add", { by: 1 }]])]);
    rig.host.cancel(waiting);
    await rig.host.stop();
    assert.deepEqual(rig.recorder.log.slice(heard), []);
  });
}

/** What becomes of all deliveries, on whichever worker. */
export function anyDeliveryContract(name: string, createHost: CreateHost): void {
  Deno.test(`${name} ends every turn exactly once and in the order of its actor, whatever is delivered`, async () => {
    await using rig = await HostRig.start(createHost);
    const [mails] = fc.sample(fc.array(fc.array(anyMail(), { minLength: 1, maxLength: 12 }), { minLength: 150 }), {
      seed: 7,
      numRuns: 1,
    });
    const deliveries = mails!.map((mail, actor) => rig.delivery({ key: `actor-${actor}` }, mail));
    for (let from = 0; from < deliveries.length; from += 40) rig.host.deliver(deliveries.slice(from, from + 40));
    const turns = deliveries.map(({ envelopes }) => envelopes.map(({ turn }) => turn));
    await Promise.all(turns.flat().map((turn) => rig.outcome(turn)));
    const order = endedTurns(rig);
    assert.equal(order.length, turns.flat().length);
    for (const ofActor of turns) assert.deepEqual(order.filter((turn) => ofActor.includes(turn)), ofActor);
  });
}

function anyMail(): fc.Arbitrary<Mail> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant<Mail>(["add", { by: 1 }]) },
    { weight: 4, arbitrary: fc.constant<Mail>(["everything", {}]) },
    { weight: 1, arbitrary: fc.constant<Mail>(["refuse", { terminal: true }]) },
    { weight: 1, arbitrary: fc.constant<Mail>(["refuseLater", {}]) },
    { weight: 1, arbitrary: fc.constant<Mail>(["snooze", { delayMs: 1 }]) },
  );
}

function endedTurns(rig: HostRig): number[] {
  return rig.recorder.log.flatMap((heard) => heard.heard === "outcome" ? [heard.outcome.turn] : []);
}
