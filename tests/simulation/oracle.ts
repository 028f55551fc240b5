import assert from "node:assert/strict";
import { jobTables } from "../../actors/job/tables.ts";
import type { StoredEvent } from "../../runtime/store/contract.ts";
import { nextStep } from "../support/next_step.ts";
import { frail } from "../support/registry/system_families.ts";
import { tally } from "../support/registry/system_registry.ts";
import type { SimulatedNode } from "./node.ts";
import { type Ask, isJob } from "./play.ts";
import { type Action, TENANTS } from "./workload.ts";

const MOST_ATTEMPTS = 3;
const KEYS = ["a", "b", "c"];

type AskTo<N extends Action["do"]> = Ask<Extract<Action, { readonly do: N }>>;

function asked<N extends Action["do"]>(asks: readonly Ask[], tenant: string, name: N): AskTo<N>[] {
  return asks.filter((ask): ask is AskTo<N> => ask.tenant === tenant && ask.action.do === name);
}

/** Everything that was promised, checked against what clients know and nothing else. */
export async function judge(node: SimulatedNode, asks: readonly Ask[]): Promise<void> {
  assert.deepEqual(node.history.filter(({ event }) => event === "system.failed"), []);
  for (const tenant of TENANTS) {
    const log = await wholeLog(node, tenant);
    assert.deepEqual(log.map(({ number }) => number), log.map((_, index) => index + 1), "the log is dense");
    assert.deepEqual(node.read[tenant], log, "a reader was told the whole log, once and in order");
    let added = 0;
    for (const key of KEYS) added += await judgeActor(node, { tenant, key }, asks);
    assert.equal(
      log.filter(({ type }) => type === "tally.added").length,
      added,
      "an event for each change, and no other",
    );
    for (const key of KEYS) await judgeFrail(node, { tenant, key }, asks);
    await judgeDeadLetters(node, { tenant, log }, asks);
    await judgeJobs(node, { tenant, log }, asks);
  }
}

/** Each accepted message changed the state once, those that failed for good never, in the order of the mailbox. */
async function judgeActor(
  { system }: SimulatedNode,
  { tenant, key }: { tenant: string; key: string },
  asks: readonly Ask[],
): Promise<number> {
  const at = tally.at(tenant, key);
  const [seen, count] = [await system.ask(at, "seen"), await system.ask(at, "count")];
  assert.equal(count, seen.length, `${tenant}/${key}: the state is whole`);
  assert.equal(new Set(seen).size, seen.length, `${tenant}/${key}: nothing was applied twice: ${seen}`);
  const adds = asked(asks, tenant, "add").filter(({ action }) => action.key === key);
  const forwards = asked(asks, tenant, "forward").filter(({ action }) => action.key === key);
  const may = new Set<string>();
  const must: string[] = [];
  for (const { number, status, action } of adds) {
    if (action.failures >= MOST_ATTEMPTS || status === "rejected") continue;
    may.add(`${number}`);
    if (status === "accepted") must.push(`${number}`);
  }
  for (const { number, status, action } of forwards) {
    const texts = Array.from({ length: action.times }, (_, index) => `${number}.${index + 1}`);
    const arrived = texts.filter((text) => seen.includes(text));
    assert.ok(arrived.length === 0 || arrived.length === texts.length, `${number}: all sends of a turn or none`);
    assert.deepEqual(arrived, seen.filter((text) => texts.includes(text)), `${number}: sends keep their order`);
    if (status !== "rejected") texts.forEach((text) => may.add(text));
    if (status === "accepted") must.push(...texts);
  }
  assert.deepEqual(must.filter((text) => !seen.includes(text)), [], `${tenant}/${key}: nothing acknowledged is lost`);
  assert.deepEqual(seen.filter((text) => !may.has(text)), [], `${tenant}/${key}: nothing comes from nowhere`);
  for (const [index, one] of adds.entries()) {
    for (const other of adds.slice(index + 1)) {
      const [first, second] = [seen.indexOf(`${one.number}`), seen.indexOf(`${other.number}`)];
      if (first < 0 || second < 0 || dueAt(one) > dueAt(other)) continue;
      assert.ok(first < second, `${tenant}/${key}: ${one.number} was due before ${other.number}: ${seen}`);
    }
  }
  return seen.length;
}

/** Parked and resumed however often, an actor does all its work once and in order. */
async function judgeFrail(
  { system }: SimulatedNode,
  { tenant, key }: { tenant: string; key: string },
  asks: readonly Ask[],
): Promise<void> {
  const done = await system.ask(frail.at(tenant, key), "done");
  const works = asked(asks, tenant, "work").filter(({ action }) => action.key === key);
  const may = works.filter(({ status }) => status !== "rejected").map(({ number }) => `${number}`);
  const must = works.filter(({ status }) => status === "accepted").map(({ number }) => `${number}`);
  assert.deepEqual(done, may.filter((name) => done.includes(name)), `${tenant}/${key}: in order, and once`);
  assert.deepEqual(must.filter((name) => !done.includes(name)), [], `${tenant}/${key}: nothing acknowledged is lost`);
}

/** What was given up is kept once, however often it was sent again. */
async function judgeDeadLetters(
  { system }: SimulatedNode,
  { tenant, log }: { tenant: string; log: readonly StoredEvent[] },
  asks: readonly Ask[],
): Promise<void> {
  const letters = await system.deadLetters.page({ tenant, limit: 1_000 });
  const poison = asked(asks, tenant, "add").filter(({ action }) => action.failures >= MOST_ATTEMPTS);
  const texts = letters.map(({ payload }) => JSON.parse(payload).text);
  assert.equal(new Set(texts).size, texts.length, "each message is given up at most once at a time");
  const must = poison.filter(({ status }) => status === "accepted").map(({ number }) => `${number}`);
  const may = poison.filter(({ status }) => status !== "rejected").map(({ number }) => `${number}`);
  assert.deepEqual(must.filter((text) => !texts.includes(text)), [], "nothing given up is lost");
  assert.deepEqual(texts.filter((text) => !may.includes(text)), [], "nothing healthy is given up");
  const retried = asked(asks, tenant, "retry").filter(({ status }) => status !== "rejected").length;
  const told = log.filter(({ type }) => type === "dead-letter.retried").length;
  const sure = asked(asks, tenant, "retry").filter(({ status }) => status === "accepted").length;
  assert.ok(told >= sure && told <= retried, "a retry is told once");
}

/** Each accepted job has one end, the one that its clients were told, with a row for each attempt. */
async function judgeJobs(
  { system }: SimulatedNode,
  { tenant, log }: { tenant: string; log: readonly StoredEvent[] },
  asks: readonly Ask[],
): Promise<void> {
  for (const ask of asks.filter((ask) => ask.tenant === tenant && isJob(ask.action))) {
    const { jobId: id, action, status } = ask;
    const job = await system.point(tenant, jobTables.queries.byId, { id });
    if (job === null) {
      assert.notEqual(status, "accepted", `the job ${id} was acknowledged`);
      continue;
    }
    const events = log.filter(({ subject }) => subject === `job/${id}`);
    const ends = events.filter(({ type }) => /succeeded|failed|cancelled/.test(type));
    assert.deepEqual(ends.map(({ type }) => type), [`job.${job.status}`], `the job ${id} has one end`);
    const attempts = await system.point(tenant, jobTables.queries.attempts, { id });
    assert.deepEqual(attempts.map(({ attempt }) => attempt), attempts.map((_, index) => index + 1));
    const cancels = asked(asks, tenant, "cancel").filter((cancel) =>
      cancel.jobId === id && cancel.status !== "rejected"
    );
    if (cancels.some(({ answer }) => answer === "cancelled")) assert.equal(job.status, "cancelled");
    if (job.status === "cancelled") assert.notEqual(cancels.length, 0, `nobody cancelled ${id}`);
    if (job.status === "cancelled") continue;
    const failures = action.do === "flaky" ? action.failures : 0;
    assert.equal(job.status, failures < MOST_ATTEMPTS ? "succeeded" : "failed");
    assert.equal(attempts.length, Math.min(failures + 1, MOST_ATTEMPTS), "an attempt for each failure and no other");
    const steps = log.filter(({ subject }) => subject === `stepping/${id}`).map(({ data }) => JSON.parse(data).step);
    assert.deepEqual(steps, Array.from({ length: action.do === "stepping" ? action.steps : 0 }, (_, step) => step + 1));
  }
}

function dueAt({ sentAt, action }: AskTo<"add">): number {
  return sentAt + action.delayMs;
}

async function wholeLog({ system }: SimulatedNode, tenant: string): Promise<readonly StoredEvent[]> {
  const reader = system.feed.follow(tenant, 0);
  const log: StoredEvent[] = [];
  const last = await system.feed.last(tenant);
  while (log.length < last) {
    const step = await nextStep(reader);
    if (step?.step !== "events") throw new Error(`The log of ${tenant} cannot be read: ${JSON.stringify(step)}`);
    log.push(...step.events);
  }
  reader.end();
  return log;
}
