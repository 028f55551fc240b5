import { RuntimeError } from "../../runtime/core/errors.ts";
import { frail } from "../support/registry/system_families.ts";
import { tally } from "../support/registry/system_registry.ts";
import { flaky, stepping } from "../support/registry/system_jobs.ts";
import { isQuiet } from "../support/test_system.ts";
import type { SimulatedNode } from "./node.ts";
import { type Action, PAUSED_KINDS, type Scenario, type Step, TENANTS } from "./workload.ts";
import { deedOf } from "../support/deeds.ts";

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

/** Plays a scenario, then ends all faults and lets time go by until nothing is left to do. Answers what clients know. */
export async function play(node: SimulatedNode, { steps }: Scenario): Promise<readonly Ask[]> {
  const asks: Ask[] = [];
  await node.begin();
  for (const step of steps) {
    const { action } = step;
    if (action.do === "crash" || action.do === "stop") {
      if (action.do === "crash") node.crash();
      else await node.stop(step.then);
      await node.begin();
    } else if (action.do === "kill-host") node.killHost();
    else if (action.do !== "nothing") asks.push(send(node, step, asks));
    await node.advance(step.then);
  }
  Object.assign(node.faults, { slow: 0, unavailable: 0 });
  for (let waitedMs = 0, quietMs = 0; quietMs < QUIET_MS; waitedMs++) {
    if (waitedMs > PATIENCE_MS) throw new Error(`It does not come to rest: ${JSON.stringify(node.system.health())}`);
    if (waitedMs % QUIET_MS === 0) await letGo(node);
    await node.advance(1);
    quietMs = isQuiet(node.system) ? quietMs + 1 : 0;
  }
  return asks;
}

/** Whatever was paused or parked goes on. */
async function letGo({ system: { control } }: SimulatedNode): Promise<void> {
  for (const tenant of TENANTS) {
    for (const kind of PAUSED_KINDS) control.resumeKind(tenant, kind, deedOf("test")).catch(() => {});
    for (const { kind, key } of await control.actors({ tenant, status: "parked", limit: 100 })) {
      control.resume({ tenant, kind, key }, deedOf("test")).catch(() => {});
    }
  }
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
    case "work":
      return system.tell(frail.at(tenant, action.key), "work", { name: `${number}`, failures: action.failures });
    case "resume":
      return system.control.resume(frail.at(tenant, action.key), deedOf("test"));
    case "pause":
      return system.control.pauseKind(tenant, action.kind, deedOf("test"));
    case "unpause":
      return system.control.resumeKind(tenant, action.kind, deedOf("test"));
    case "retry":
      return retry(system, tenant, action.pick);
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

async function retry({ deadLetters }: SimulatedNode["system"], tenant: string, pick: number): Promise<string> {
  const letters = await deadLetters.page({ tenant, limit: 10 });
  const { messageId } = await deadLetters.retry(
    tenant,
    letters[pick % Math.max(1, letters.length)]?.id ?? "none",
    deedOf("test"),
  );
  return messageId;
}

export function isJob({ do: what }: Action): boolean {
  return what === "flaky" || what === "stepping";
}
