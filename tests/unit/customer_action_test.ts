import assert from "node:assert/strict";
import { countsByType, statusNow, sumOf } from "../../actors/customer_action/children.ts";
import { customerAction } from "../../actors/customer_action/customer_action.ts";
import { creditApplicationJob } from "../../actors/credit_application/credit_application_job.ts";
import { emailJob } from "../../actors/email/email_job.ts";
import { createRegistry, testActor } from "../../runtime/authoring.ts";

const ANN = { id: "c-1", name: "Ann Example", email: "ann@customers.example" };
const BEGIN = { type: "wash-purchased", details: { item: "Gold" } } as const;
const ENDED = { batchId: "b-1", name: "", total: 2, succeeded: 2, failed: 0, cancelled: 0 };
const actor = testActor(customerAction).knowing(createRegistry([customerAction, emailJob, creditApplicationJob]))
  .as({ key: "wash-1" }).at(50);

Deno.test("an action of one customer gives him a letter and a credit application, in one batch", async () => {
  const row = { status: "running", cancelWishedBy: null, cursor: null, batchId: null };
  const turn = await actor.answering({ action: () => row })
    .when("begin", { ...BEGIN, concerned: { audience: "one", customer: ANN } });
  assert.deepEqual(turn.spawned.map(({ kind, payloads }) => [kind, payloads.length]), [
    ["email", 1],
    ["credit-application", 1],
  ]);
  assert.equal(new Set(turn.spawned.map(({ batchId }) => batchId)).size, 1);
  assert.deepEqual(turn.rows.map(({ write, args }) => [write, args]), [
    ["spread", { id: "wash-1", batchId: turn.spawned[0]!.batchId, customers: 1, cursor: null }],
  ]);
});

Deno.test("an action that somebody wants no more, or that is over, gives nobody anything", async () => {
  for (const row of [null, { status: "completed" }, { status: "running", cancelWishedBy: "ann" }]) {
    const turn = await actor.answering({ action: () => row })
      .when("begin", { ...BEGIN, concerned: { audience: "all" } });
    assert.deepEqual([turn.end, turn.spawned.length, turn.rows.length], ["done", 0, 0]);
  }
});

Deno.test("an action goes on behind the last customer that has his children", async () => {
  const asked: unknown[] = [];
  const row = { status: "running", cancelWishedBy: null, cursor: "c-5", batchId: "b-1" };
  await actor.answering({
    action: () => row,
    customers: (page) => {
      asked.push(page);
      return [];
    },
  }).when("begin", { ...BEGIN, concerned: { audience: "all" } });
  assert.deepEqual(asked, [{ limit: 400, after: "c-5" }]);
});

Deno.test("an action whose children have all succeeded is completed, and names no person", async () => {
  const turn = await actor.when("ended", ENDED);
  assert.deepEqual(turn.events.map(({ type, subject }) => [type, subject]), [
    ["customer-action.completed", "customer-action/wash-1"],
  ]);
  const each = { total: 1, open: 0, succeeded: 1, failed: 0, cancelled: 0 };
  assert.deepEqual(turn.events[0]!.data, {
    ...{ id: "wash-1", status: "completed", customers: 1, children: { ...each, total: 2, succeeded: 2 } },
    byType: { "email": each, "credit-application": each },
  });
});

Deno.test("an action fails with one child, and is cancelled only when somebody wished it", async () => {
  const children = (status: string) => [{ type: "email", status, children: 1 }, {
    type: "credit-application",
    status: "succeeded",
    children: 1,
  }];
  const ends: readonly [status: string, wishedBy: string | null, end: string][] = [
    ["failed", null, "failed"],
    ["cancelled", null, "completed"],
    ["cancelled", "ann", "cancelled"],
  ];
  for (const [status, cancelWishedBy, end] of ends) {
    const turn = await actor.answering({ children: () => children(status), action: () => ({ cancelWishedBy }) })
      .when("ended", { ...ENDED, succeeded: 1, [status]: 1 });
    assert.deepEqual(turn.events.map(({ type }) => type), [`customer-action.${end}`], `${status} ${cancelWishedBy}`);
  }
});

Deno.test("a failed action has completed once nothing of it is open or failed", () => {
  const of = (status: string) => sumOf(countsByType([{ type: "email", status, children: 3 }]));
  assert.equal(statusNow("failed", of("succeeded")), "completed");
  assert.equal(statusNow("failed", of("failed")), "failed");
  assert.equal(statusNow("failed", of("running")), "failed");
  assert.equal(statusNow("cancelled", of("succeeded")), "cancelled");
});
