import { auditRow } from "../../runtime/access/audit.ts";
import type { AccessRig } from "./access_rig.ts";
import { deedOf } from "./deeds.ts";
import { frail } from "./registry/system_families.ts";
import { tally } from "./registry/system_registry.ts";

/** What a path leads to. */
export interface Thing {
  readonly id: string;
  readonly key: string;
  /** By which an answer can be told to speak of it. */
  readonly mark: string;
}

export const NOTHING: Thing = { id: "01JD9ZK5T3M6X8QV2N4B7C1RSW", key: "nobody", mark: "nothing" };

let made = 0;
const nextKey = (tenant: string): string => `${tenant}-${++made}`;

/** A job that has succeeded. */
export async function finishedJob({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, text] = [system.createId(), nextKey(tenant)];
  const done = recorder.next("turn.committed", ({ key }) => key === id);
  await system.tell({ tenant, kind: "echo", key: id }, "run", { text }, { fresh: true });
  await done;
  return { id, key: id, mark: id };
}

/** A job that has failed for good: a dead letter. */
export async function failedJob({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const id = system.createId();
  const dead = recorder.next("message.dead-lettered", ({ key }) => key === id);
  await system.tell({ tenant, kind: "flaky", key: id }, "run", { failures: 1, terminal: true }, { fresh: true });
  await dead;
  return { id, key: id, mark: id };
}

/** A job that waits for tomorrow. */
export async function waitingJob({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const id = system.createId();
  const payload = { text: nextKey(tenant) };
  await system.tell({ tenant, kind: "echo", key: id }, "run", payload, { fresh: true, delayMs: 86_400_000 });
  return { id, key: id, mark: id };
}

/** A message that was given up. */
export async function deadMessage({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, key] = [system.createId(), nextKey(tenant)];
  const dead = recorder.next("message.dead-lettered", ({ messageId }) => messageId === id);
  await system.tell(tally.at(tenant, key), "giveUp", {}, { messageId: id });
  await dead;
  return { id, key, mark: id };
}

/** An actor with state, whose count is the mark. */
export async function actor({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const key = nextKey(tenant);
  const count = 1_000_000 + made;
  const done = recorder.next("turn.committed", (turn) => turn.key === key);
  await system.tell(tally.at(tenant, key), "add", { by: count });
  await done;
  return { id: key, key, mark: `${count}` };
}

export async function listedActor(rig: AccessRig, tenant: string): Promise<Thing> {
  const thing = await actor(rig, tenant);
  return { ...thing, mark: thing.key };
}

export async function parkedActor({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const key = nextKey(tenant);
  const parked = recorder.next("actor.parked", (told) => told.key === key);
  await system.tell(frail.at(tenant, key), "work", { name: "hopeless", failures: 3 });
  await parked;
  return { id: key, key, mark: key };
}

export async function pausedKind({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  await system.control.resumeKind(tenant, "patient", deedOf(mark));
  await system.control.pauseKind(tenant, "patient", deedOf(mark));
  return { id: mark, key: mark, mark };
}

/** An admin's act of whose row the mark is the subject. */
export async function auditedAct({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  const by = { by: "ada", role: "admin", action: "pauseKind", subject: mark, address: "", requestId: mark };
  const row = auditRow({ at: system.now(), ...by });
  await system.write(tenant, { rows: [], events: [], blobs: [], actors: [] }, { by: "ada", rows: [row] });
  return { id: mark, key: mark, mark };
}

/** A key that the tenant's admin has made. */
export async function apiKey(rig: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  const order = {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: mark, role: "viewer" }),
  };
  const { text } = await rig.send({ method: "POST", path: "/api/keys", ...order }, await rig.as("admin", tenant));
  return { id: JSON.parse(text).id, key: mark, mark };
}

/** The node of the rig, which takes turns. */
export const takingNode = (rig: AccessRig, tenant: string): Promise<Thing> => nodeThat(rig, tenant, false);

/** The node of the rig, drained. */
export const drainedNode = (rig: AccessRig, tenant: string): Promise<Thing> => nodeThat(rig, tenant, true);

async function nodeThat({ node: { system } }: AccessRig, tenant: string, drained: boolean): Promise<Thing> {
  const mark = nextKey(tenant);
  await system.nodes.drain(tenant, "test", !drained, deedOf(mark));
  await system.nodes.drain(tenant, "test", drained, deedOf(mark));
  return { id: mark, key: mark, mark };
}
