import { RuntimeError } from "../../runtime/core/errors.ts";
import { tally } from "../support/registry/system_registry.ts";
import { flaky, stepping } from "../support/registry/system_jobs.ts";
import { isQuiet } from "../support/test_system.ts";
import type { SimulatedNode } from "./node.ts";
import type { Action, Scenario, Step } from "./workload.ts";

/** One thing that a client asked for, and what it knows of it. `unknown`: no answer came, as when the node died. */
export interface Ask<A extends Action = Action> {
  readonly number: number;
  readonly tenant: string;
  readonly action: A;
  readonly sentAt: number;
  status: "unknown" | "accepted" | "rejected";
  /** Of a cancel: what it was answered, and for which job. */
  answer: string;
  /** The key of the job that this made, or meant. */
  readonly jobId: string;
}

const PATIENCE_MS = 5_000;
/** Longer than any batch may be under way. */
const QUIET_MS = 50;
const KILLS_A_LIFE = 2;

/** Plays a scenario, then ends all faults and lets time go by until nothing is left to do. Answers what clients know. */
export async function play(node: SimulatedNode, { steps }: Scenario): Promise<readonly Ask[]> {
  const asks: Ask[] = [];
  let kills = 0;
  await node.begin();
  for (const step of steps) {
    const { action } = step;
    if (action.do === "crash" || action.do === "stop") {
      if (action.do === "crash") node.crash();
      else await node.stop(step.then);
      await node.begin();
      kills = 0;
    } else if (action.do === "kill-host") {
      // A message that was at hand in three deaths is taken for their cause: that is another test's matter.
      if (kills++ < KILLS_A_LIFE) node.killHost();
    } else if (action.do !== "nothing") asks.push(send(node, step, asks));
    await node.advance(step.then);
  }
  Object.assign(node.faults, { slow: 0, unavailable: 0 });
  for (let waitedMs = 0, quietMs = 0; quietMs < QUIET_MS; waitedMs++) {
    if (waitedMs > PATIENCE_MS) throw new Error(`It does not come to rest: ${JSON.stringify(node.system.health())}`);
    await node.advance(1);
    quietMs = isQuiet(node.system) ? quietMs + 1 : 0;
  }
  return asks;
}

function send(node: SimulatedNode, { tenant, action }: Step, asks: readonly Ask[]): Ask {
  const { system } = node;
  const jobs = asks.filter((ask) => ask.tenant === tenant && isJob(ask.action));
  const jobId = action.do === "cancel"
    ? jobs[action.pick % Math.max(1, jobs.length)]?.jobId ?? "none"
    : system.createId();
  const ask: Ask = {
    number: asks.length,
    tenant,
    action,
    sentAt: node.clock.now(),
    status: "unknown",
    answer: "",
    jobId,
  };
  perform(node, ask).then((answer) => {
    ask.status = "accepted";
    ask.answer = String(answer);
  }, (error) => {
    if (!(error instanceof RuntimeError)) throw error;
    ask.status = "rejected";
    ask.answer = error.code;
  });
  return ask;
}

function perform({ system, clock }: SimulatedNode, { number, tenant, action, jobId }: Ask): Promise<unknown> {
  switch (action.do) {
    case "add": {
      const { key, failures, delayMs } = action;
      return system.tell(tally.at(tenant, key), "add", { by: 1, text: `${number}`, failures }, { delayMs });
    }
    case "forward": {
      const { key: to, times } = action;
      return system.tell(tally.at(tenant, "forwarder"), "forward", { to, times, text: `${number}.` });
    }
    case "snooze":
      return system.tell(tally.at(tenant, action.key), "snooze", { delayMs: action.delayMs, until: clock.now() + 12 });
    case "ask":
      return system.tell(tally.at(tenant, "asker"), "ask", { of: action.key });
    case "flaky": {
      const { priority, failures } = action;
      return system.tell(flaky.at(tenant, jobId), "run", { failures }, { fresh: true, priority });
    }
    case "stepping":
      return system.tell(stepping.at(tenant, jobId), "run", { steps: action.steps }, { fresh: true });
    case "cancel":
      return cancel(system, tenant, jobId);
    default:
      throw new Error(`${action.do} is not asked of a system`);
  }
}

async function cancel(system: SimulatedNode["system"], tenant: string, jobId: string): Promise<string> {
  try {
    return await system.cancel(flaky.at(tenant, jobId));
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== "not-found") throw error;
    return await system.cancel(stepping.at(tenant, jobId));
  }
}

export function isJob({ do: what }: Action): boolean {
  return what === "flaky" || what === "stepping";
}
