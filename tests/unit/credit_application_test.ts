import assert from "node:assert/strict";
import { creditApplicationJob } from "../../actors/credit_application/credit_application_job.ts";
import { bureauDecision, openCreditBureau } from "../../actors/credit_application/simulator/simulator.ts";
import { testActor, type TestedAnswer } from "../../runtime/authoring.ts";

const ASKED = {
  actionId: "a-1",
  customerId: "c-1",
  request: { amount: 50_000, currency: "EUR", applicant: { name: "Ann Example", email: "ann@customers.example" } },
};
const PERSONAL = /Ann|customers\.example/;

/** A turn, and what the bureau was sent. */
async function applying(payload: unknown, answer: TestedAnswer, attempt = 1) {
  const calls: { key: string; body: string }[] = [];
  const turn = await testActor(creditApplicationJob).attempt(attempt).answeringFetch((call) => {
    calls.push({ key: call.headers?.["idempotency-key"] ?? "", body: call.body ?? "" });
    return answer;
  }).when("run", payload as never);
  return { turn, calls };
}

Deno.test("a credit application is decided at once when the action asks for no credit (S0-16)", async () => {
  const { turn, calls } = await applying({ actionId: "a-1", customerId: "c-1" }, { status: 500 });
  assert.deepEqual([turn.end, turn.result], ["done", { decision: "not-requested", reference: null }]);
  assert.equal(calls.length, 0);
});

for (const decision of ["approved", "declined", "referred"]) {
  Deno.test(`a credit application that the bureau has ${decision} says so, and names nobody (S0-16)`, async () => {
    const text = JSON.stringify({ decision, reference: "b-77", applicant: "Ann Example" });
    const { turn, calls } = await applying(ASKED, { status: 200, body: text });
    assert.deepEqual(turn.result, { decision, reference: "b-77" });
    assert.match(calls[0]!.body, PERSONAL);
    assert.doesNotMatch(JSON.stringify([turn.lines, turn.events, turn.result]), PERSONAL);
  });
}

Deno.test("every attempt at a credit application bears the same Idempotency-Key", async () => {
  const answer = { status: 503, headers: { "retry-after": "7" } };
  const [first, second] = [await applying(ASKED, answer), await applying(ASKED, answer, 2)];
  assert.ok(first.calls[0]!.key.length > 0);
  assert.deepEqual(first.calls, second.calls);
  assert.deepEqual([first.turn.end, first.turn.error?.retryable], ["failed", true]);
});

Deno.test("a credit application is given up at once when the bureau refuses it, and not when it has no time", async () => {
  for (const [status, retryable] of [[422, false], [403, false], [429, true], [500, true]] as const) {
    const { turn } = await applying(ASKED, { status, body: "Ann Example is unknown" });
    assert.deepEqual([turn.end, turn.error?.retryable], ["failed", retryable], `${status}`);
    assert.doesNotMatch(JSON.stringify([turn.error, turn.lines]), PERSONAL);
  }
});

Deno.test("the simulated bureau decides once for each key, whatever becomes of its answers", async () => {
  await using bureau = await openCreditBureau({ seed: 3, faults: { lost: 400, truncated: 300, serverError: 200 } });
  const ask = async (key: string, reference: string) => {
    const order = { method: "POST", headers: { "idempotency-key": key }, body: JSON.stringify({ reference }) };
    const answered = await fetch(`${bureau.url}/applications`, order).catch(() => null);
    const text = await answered?.text().catch(() => "") ?? "";
    return answered?.ok && text !== "" ? JSON.parse(text) : null;
  };
  for (let number = 1; number <= 20; number++) {
    for (let answer = null; answer === null;) answer = await ask(`key-${number}`, `a/${number}`);
  }
  assert.equal(bureau.ledger.size, 20);
  assert.ok(bureau.calls > 40, `${bureau.calls}`);
  for (const { reference, decision } of bureau.ledger.values()) assert.equal(decision, bureauDecision(reference));
  bureau.setFaults({});
  assert.equal(await ask("key-1", "a/2"), null);
  assert.equal(bureau.misuses, 1);
});
