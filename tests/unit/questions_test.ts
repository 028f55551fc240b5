import assert from "node:assert/strict";
import type { Address } from "../../runtime/actor/address.ts";
import type { Question } from "../../runtime/actor/outcome.ts";
import { createRegistry } from "../../runtime/actor/registry.ts";
import type { Host } from "../../runtime/host/contract.ts";
import type { Snapshot } from "../../runtime/store/contract.ts";
import { createQuestions } from "../../runtime/system/questions.ts";
import { tally } from "../support/registry/system_registry.ts";
import { turnOfLoop } from "../support/activation_rig.ts";

const ONE = tally.at("acme", "one");

function rigQuestions(snapshot: (to: Address) => Promise<Snapshot | null> = () => Promise.resolve(null)) {
  const asked: Question[] = [];
  let turns = 0;
  const batches: number[] = [];
  const ask = (all: readonly Question[]) => {
    batches.push(all.length);
    asked.push(...all);
  };
  const questions = createQuestions({
    registry: createRegistry([tally]),
    snapshot,
    host: () => ({ ask }) as Partial<Host> as Host,
    nextTurn: () => ++turns,
  });
  const report = (ending: Parameters<typeof questions.report>[0]["ending"], turn = 1) =>
    questions.report({ turn, startedAt: 0, finishedAt: 0, ending });
  return { asked, batches, questions, report };
}

Deno.test("Questions.ask() asks the host with committed state, and answers what it says", async () => {
  const kept = { state: '{"count":7,"seen":[]}', stateVersion: 1, version: 3, updatedAt: 0 };
  const { asked, questions, report } = rigQuestions(() => Promise.resolve(kept));
  const answer = questions.ask(ONE, "count", "null");
  await turnOfLoop();
  assert.deepEqual(asked.map(({ state, query }) => [state, query]), [[kept.state, "count"]]);
  assert.equal(report({ end: "done", result: "7" }), true);
  assert.equal(await answer, "7");
  assert.equal(report({ end: "done", result: "8" }), false, "it is answered once");
});

Deno.test("Questions.ask() refuses what the kind cannot answer", async () => {
  const { questions } = rigQuestions();
  await assert.rejects(questions.ask(ONE, "gone", "null"), { code: "unknown-query" });
  await assert.rejects(questions.ask(ONE, "toString", "null"), { code: "unknown-query" });
  await assert.rejects(questions.ask({ ...ONE, kind: "gone" }, "count", "null"), { code: "unknown-kind" });
  await assert.rejects(questions.ask({ ...ONE, key: "a/b" }, "count", "null"), { code: "invalid-message" });
});

Deno.test("Questions.ask() rejects with the query's error, and when the host is lost", async () => {
  const { questions, report } = rigQuestions();
  const [failing, losing] = [questions.ask(ONE, "count", "null"), questions.ask(ONE, "count", "null")];
  await turnOfLoop();
  report({ end: "failed", error: { code: "handler-failed", message: "no", retryable: true } });
  await assert.rejects(failing, { code: "handler-failed" });
  assert.equal(questions.lose(2), true);
  await assert.rejects(losing, { code: "host-lost", retryable: true });
  assert.equal(questions.lose(2), false);
});

Deno.test("Questions.ask() turns questions away when too many are open (P21)", async () => {
  const { questions } = rigQuestions();
  const open = Array.from({ length: 1_024 }, () => questions.ask(ONE, "count", "null"));
  await turnOfLoop();
  await assert.rejects(questions.ask(ONE, "count", "null"), { code: "overloaded", retryable: true });
  questions.close();
  assert.equal((await Promise.allSettled(open)).every(({ status }) => status === "rejected"), true);
});

Deno.test("Questions.close() rejects what is open, also a question whose state is still being read", async () => {
  const read = Promise.withResolvers<null>();
  const { asked, questions } = rigQuestions(() => read.promise);
  const answer = questions.ask(ONE, "count", "null");
  questions.close();
  read.resolve(null);
  await assert.rejects(answer, { code: "stopping" });
  assert.deepEqual(asked, []);
});

Deno.test("Questions.ask() reads a state once for all that comes together, and again for what comes later", async () => {
  const reads: string[] = [];
  const { asked, batches, questions, report } = rigQuestions((to) => {
    reads.push(to.key);
    return Promise.resolve({ state: `{"count":${reads.length},"seen":[]}`, stateVersion: 1, version: 1, updatedAt: 0 });
  });
  const askAll = async () => {
    const two = tally.at("acme", "two");
    const answers = [ONE, ONE, two, ONE].map((to) => questions.ask(to, "count", "null"));
    await turnOfLoop();
    for (const { turn } of asked.splice(0)) report({ end: "done", result: "1" }, turn);
    await Promise.all(answers);
  };
  await askAll();
  assert.deepEqual([reads, batches], [["one", "two"], [4]]);
  await askAll();
  assert.deepEqual([reads, batches], [["one", "two", "one", "two"], [4, 4]]);
});
