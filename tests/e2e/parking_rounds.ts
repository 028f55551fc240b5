import assert from "node:assert/strict";
import { apiOf, until } from "../support/api.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { type Campaign, type Course, Findings, pause, type Result } from "./torture_campaign.ts";
import { openFile } from "./torture_load.ts";
import { cpuShare } from "./torture_watch.ts";

/** Of the whole server while the actor is parked. */
const IDLE_CPU_SHARE = 0.05;
/** `sulky` is parked with the failure that is one more than its restart window bears. */
const FAILURES_UNTIL_PARKED = 6;

/** Actors that fail again and again are parked, over a kill too, until a person resumes them. */
export function parkingRounds({ idleMs = 3_000 }: { readonly idleMs?: number } = {}): Campaign {
  return {
    name: "parking",
    shows:
      "an actor that fails again and again is parked, costs nothing, stays so over a kill, and goes on when resumed",
    rounds: 10,
    run: (course) => run(course, idleMs),
  };
}

async function run({ rounds, tell }: Course, idleMs: number): Promise<Result> {
  await using server = await startServer({ env: { ACTORS: "tests/support/actors/mod.ts", LOG_LEVEL: "info" } });
  const findings = new Findings();
  let [slowestReadyMs, busiestPercent] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    const key = `s${round}`;
    const { send } = apiOf(server);
    await told(send("POST", `/api/actors/sulky/${key}/work`, { succeedsAt: FAILURES_UNTIL_PARKED + 3 }));
    await told(send("POST", `/api/actors/sulky/${key}/work`, { succeedsAt: 1 }));
    await until(`${key} is parked`, async () => (await parked(server)).includes(key) || undefined);
    const failed = attemptsOf(server, key);
    findings.expect("it is parked at its bound", failed === FAILURES_UNTIL_PARKED, () => `after ${failed} failures`);
    findings.expect("its parking is an event", isTold(server, key), () => key);

    const share = await cpuShare(server, idleMs);
    busiestPercent = Math.max(busiestPercent, Math.round(share * 100));
    findings.expect("a parked actor costs nothing", share < IDLE_CPU_SHARE, () => `${share} of a core`);
    await server.kill();
    const begunAt = performance.now();
    await server.restart();
    slowestReadyMs = Math.max(slowestReadyMs, Math.round(performance.now() - begunAt));
    await pause(idleMs / 3);
    findings.expect("it is still parked after a kill", (await parked(server)).includes(key), () => key);
    const after = attemptsOf(server, key);
    findings.expect("it is not tried while it is parked", after === failed, () => `${failed}, then ${after}`);

    await told(send("POST", `/api/actors/sulky/${key}/resume`));
    const done = () => told(send("GET", `/api/actors/sulky/${key}/done`));
    await until(`${key} has gone on`, async () => await done() === 2 || undefined);
    findings.expect("it goes on when it is resumed", !(await parked(server)).includes(key), () => key);
    tell(`parked after ${failed} failures, ${Math.round(share * 1_000) / 10} % of a core, resumed`);
  }
  await server.stop();
  return { findings: findings.all, figures: { slowestReadyMs, busiestPercent } };
}

async function parked(server: RunningServer): Promise<readonly string[]> {
  const { items } = await told(apiOf(server).send("GET", "/api/actors?status=parked"));
  return items.map(({ key }: { key: string }) => key);
}

/** Failed attempts of the actor's first message. */
function attemptsOf(server: RunningServer, key: string): number {
  using db = openFile(server);
  return Number(db.prepare("select attempts from messages where key = ? order by seq limit 1").get(key)?.["attempts"]);
}

function isTold(server: RunningServer, key: string): boolean {
  using db = openFile(server);
  return db.prepare("select 1 from events where type = 'actor.parked' and subject like ?").get(`%${key}`) !== undefined;
}

// deno-lint-ignore no-explicit-any -- JSON of the shape that the caller names
async function told(answer: Promise<Response>): Promise<any> {
  const response = await answer;
  const text = await response.text();
  assert.ok(response.ok, `${response.url} answered ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}
