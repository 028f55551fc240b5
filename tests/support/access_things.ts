import { employeeTables } from "../../actors/employee_upload/tables.ts";
import { employeesText, rejectsText } from "../../actors/employee_upload/text_writes.ts";
import { CATALOG_TENANT } from "../../actors/catalog/messages.ts";
import { catalogTables } from "../../actors/catalog/tables.ts";
import { entriesText } from "../../actors/financial_sync/entry_writes.ts";
import { syncAt } from "../../actors/financial_sync/messages.ts";
import { financialTables } from "../../actors/financial_sync/tables.ts";
import { judgeCustomers } from "../../actors/customer/judge_customers.ts";
import { dirname, join } from "node:path";
import { actionTables } from "../../actors/customer_action/tables.ts";
import { actionsText } from "../../actors/customer_action/writes.ts";
import { orderTables } from "../../actors/order/tables.ts";
import { parcelTables } from "../../actors/parcel_stream/tables.ts";
import { parcelsText, scansText } from "../../actors/parcel_stream/text_writes.ts";
import { auditRow } from "../../runtime/access/audit.ts";
import type { AccessRig } from "./access_rig.ts";
import { deedOf } from "./deeds.ts";
import { closeGate } from "./gates.ts";
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

/** An e-mail in a file. */
export async function keptLetter({ node: { system, path } }: AccessRig, tenant: string): Promise<Thing> {
  const id = `${system.createId()}.email`.toLowerCase();
  const folder = join(dirname(path), "mail", tenant, "new");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, id), `Message-ID: <${id}@wash.example>\nSubject: ${id}\n\nHello\n`);
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

/** A batch of one job that waits for tomorrow. */
export async function openBatch({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, key] = [system.createId(), system.createId()];
  const command = { to: { tenant, kind: "echo", key }, message: "run", payload: { text: "later" }, fresh: true };
  await system.tellAll([{ ...command, delayMs: 86_400_000 }], { batch: { id, name: "jobs" } });
  return { id, key, mark: id };
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

/** A schedule that has sent to an actor of its own name, and will not for long. */
export async function schedule({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  const done = recorder.next("turn.committed", ({ key }) => key === mark);
  await system.schedules.create(tenant, {
    name: mark,
    timing: { everyMs: 86_400_000 },
    target: { kind: "tally", key: mark, message: "add", payload: { by: 1 } },
    catchUp: "latest",
    catchUpLimit: 1,
    jitterMs: 0,
    enabled: true,
  });
  await system.schedules.runNow(tenant, mark);
  await done;
  return { id: mark, key: mark, mark };
}

export async function pausedSchedule(rig: AccessRig, tenant: string): Promise<Thing> {
  const thing = await schedule(rig, tenant);
  await rig.node.system.schedules.change(tenant, thing.key, { enabled: false });
  return thing;
}

/** One that tells an actor of its own name of what nobody emits. */
export async function subscription({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  const target = { kind: "tally", key: mark, message: "event" };
  const { id } = await system.subscriptions.create(tenant, { eventType: "customer.deleted", target }, deedOf(mark));
  return { id, key: mark, mark };
}

/** A stream that nothing has told to poll yet. */
export const stream = (rig: AccessRig, tenant: string): Promise<Thing> => streamOf(rig, tenant, []);

export const pausedStream = (rig: AccessRig, tenant: string): Promise<Thing> =>
  streamOf(rig, tenant, [["paused", { epoch: 1, at: rig.node.system.now() }]]);

/** A parcel of a stream of its own, and its only scan; its number is the mark, as it is the id. */
export async function parcel(rig: AccessRig, tenant: string): Promise<Thing> {
  const parcelId = 7_000_000 + made;
  const at = rig.node.system.now();
  const event = { parcelId, type: "PICKUP", statusCode: "", runId: "100", carrierId: "NC" };
  const scan = { ...event, createdAt: "2021-05-11T21:11:34.1506147Z" };
  const device = { userId: null, deviceId: null, deviceTransactionId: null };
  const picked = { pickupAt: scan.createdAt, pickupEventId: parcelId, deliveryAt: null, deliveryEventId: null };
  const { key } = await streamOf(rig, tenant, [
    ["tracked", { at, rows: parcelsText([{ ...scan, ...picked, lastEventId: parcelId }]) }],
    ["scanned", { at, rows: scansText([{ ...scan, ...device, eventId: parcelId, previousEventId: null }]) }],
  ]);
  return { id: `${parcelId}`, key, mark: `${parcelId}` };
}

/** The stream of such a parcel. */
export async function streamWithParcel(rig: AccessRig, tenant: string): Promise<Thing> {
  const { id, key } = await parcel(rig, tenant);
  return { id, key, mark: key };
}

async function streamOf(
  { node: { system } }: AccessRig,
  tenant: string,
  more: readonly (readonly [write: string, args: Readonly<Record<string, string | number | null>>])[],
): Promise<Thing> {
  const name = nextKey(tenant);
  const { name: tables } = parcelTables;
  const created = {
    ...{ name, baseUrl: "http://scans.example/v1", headers: "{}", pageLimit: 10, pollIntervalMs: 60_000 },
    ...{ lookBack: 0, consumers: 0, checkpoint: 0, createdBy: "ada", createdAt: system.now() },
  };
  const rows = [{ tables, write: "created", args: created }].concat(
    more.map(([write, args]) => ({ tables, write, args: { ...args, name, stream: name } as never })),
  );
  await system.write(tenant, { rows });
  return { id: name, key: name, mark: name };
}

/** An upload that waits; nothing has told its actor so. */
export const stagedUpload = (rig: AccessRig, tenant: string): Promise<Thing> => uploadThat(rig, tenant, () => []);

/** An upload that has ended, whose only row was rejected. */
export const processedUpload = (rig: AccessRig, tenant: string): Promise<Thing> =>
  uploadThat(rig, tenant, (id, at) => {
    const rows = rejectsText([{ line: 2, reason: id, fields: ["1", id, "none", "2026-01-31"], raw: null }]);
    return [
      ["advanced", { id, accepted: 0, rejected: 1 }],
      ["rejected", { uploadId: id, rows, at }],
      ["completed", { id, at }],
    ];
  });

/** An employee, whose number is the mark. */
export async function employee(rig: AccessRig, tenant: string): Promise<Thing> {
  const number = nextKey(tenant);
  const told = { number, name: "Ada", email: "ada@example.com", startDate: "2026-01-31", endDate: null, line: 2 };
  await uploadThat(rig, tenant, (id, at) => [
    ["upserted", { uploadId: id, rows: employeesText([told]), position: id, at }],
  ]);
  return { id: number, key: number, mark: number };
}

type Args = Readonly<Record<string, string | number | null>>;

async function uploadThat(
  { node: { system } }: AccessRig,
  tenant: string,
  more: (id: string, at: number) => readonly (readonly [write: string, args: Args])[],
): Promise<Thing> {
  const [id, at] = [system.createId(), system.now()];
  const header = JSON.stringify(["employee_number", "name", "email", "start_date"]);
  const rows: readonly (readonly [write: string, args: Args])[] = [
    ["created", { id, by: "ada", at }],
    ["grown", { id, count: 1, at }],
    ["accepted", { id, position: id, fingerprint: id, header, sizeBytes: 1, at }],
    ...more(id, at),
  ];
  await system.write(tenant, { rows: rows.map(([write, args]) => ({ tables: employeeTables.name, write, args })) });
  return { id, key: id, mark: id };
}

/** One whose answer is made: otherwise who reads it first has it made, which goes on after that. */
export async function customer({ node: { system, recorder } }: AccessRig, tenant: string): Promise<Thing> {
  const id = nextKey(tenant);
  const given = [{ id, firstName: "Customer", lastName: id, email: `${id}@customers.example` }];
  await system.write(tenant, judgeCustomers(given, { known: [], holders: [] }, system.now()));
  const made = recorder.next("turn.committed", ({ kind, key }) => kind === "customer-projection" && key === id);
  await system.tell({ tenant, kind: "customer-projection", key: id }, "project", { ids: [id] });
  await made;
  return { id, key: id, mark: id };
}

/** An action that nothing has told to begin yet. */
export async function customerAction({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const id = nextKey(tenant);
  const rows = actionsText([{ id, type: "wash-purchased", audience: "all", print: id, batchId: null, customers: 0 }]);
  const args = { rows, createdBy: "ada", at: system.now() };
  await system.write(tenant, { rows: [{ tables: actionTables.name, write: "created", args }] });
  return { id, key: id, mark: id };
}

/** An order that nobody fulfils. */
export async function orderOfCards({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const id = nextKey(tenant);
  const args = {
    ...{ requestId: id, id: `id-${id}`, print: id, products: "[]", currency: "EUR", amount: 0 },
    ...{ createdBy: "ada", createdAt: system.now() },
  };
  await system.write(tenant, { rows: [{ tables: orderTables.name, write: orderTables.writes.created.name, args }] });
  return { id, key: id, mark: id };
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

/** A tenant of its own, that others can reach. */
export async function registeredTenant({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const mark = nextKey(tenant);
  await system.tenants.create({ id: mark, name: mark }, { tenant, ...deedOf(mark) });
  return { id: mark, key: mark, mark };
}

export async function suspendedTenant(rig: AccessRig, tenant: string): Promise<Thing> {
  const thing = await registeredTenant(rig, tenant);
  await rig.node.system.tenants.suspend(thing.id, { tenant, ...deedOf(thing.id) });
  return thing;
}
/** A transaction, which is the only one of its day and currency; its amount is the mark. */
export async function transaction({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const [id, amount] = [nextKey(tenant), 3_000_000 + made];
  const entry = { id, position: made, account: "4000-wash", amount, currency: "EUR" };
  const bookedAt = new Date(made * 86_400_000).toISOString();
  const args = { entries: entriesText([{ ...entry, bookedAt }]), at: system.now() };
  const rows = ["touched", "counted", "booked"].map((write) => ({ tables: financialTables.name, write, args }));
  await system.write(tenant, { rows });
  return { id, key: id, mark: `${amount}` };
}

/** A brand of the catalogue, which belongs to no tenant; its id is the key. */
export async function catalogBrand({ node: { system } }: AccessRig, tenant: string): Promise<Thing> {
  const id = nextKey(tenant);
  const { name: tables } = catalogTables;
  const at = system.now();
  const text = JSON.stringify([[id, id, null, null, null, null, "a-hash"]]);
  const part = "brands" as const;
  const rows = [
    { tables, write: "staged", args: { part, item: "brands", seq: 1, text } },
    { tables, write: "brandsApplied", args: { part, at } },
    { tables, write: "cleared", args: { part } },
  ];
  await system.write(CATALOG_TENANT, { rows });
  return { id, key: id, mark: id };
}

/** A sync that is enabled, and does not come soon. */
export async function enabledSync(rig: AccessRig, tenant: string): Promise<Thing> {
  const { schedules } = rig.node.system;
  const { kind, key } = syncAt(tenant);
  const mark = nextKey(tenant);
  if (await schedules.get(tenant, "financial-sync") !== null) return { id: mark, key: mark, mark };
  await schedules.create(tenant, {
    name: "financial-sync",
    timing: { everyMs: 86_400_000 },
    target: { kind, key, message: "sync", payload: {} },
    ...{ catchUp: "latest", catchUpLimit: 1, jitterMs: 0, enabled: true },
  });
  return { id: mark, key: mark, mark };
}

/** One that somebody has asked to delete, whose code is the key; it lasts a while, as a turn of it runs on. */
export async function leavingTenant(rig: AccessRig, tenant: string): Promise<Thing> {
  const { id, mark } = await registeredTenant(rig, tenant);
  const gate = closeGate(mark, { deaf: true });
  await rig.node.system.tell(tally.at(id, "one"), "pass", { gate: mark });
  await gate.reached();
  const asked = { method: "DELETE", path: `/api/tenants/${id}` };
  const { text } = await rig.send(asked, await rig.as("platform", tenant));
  return { id, key: JSON.parse(text).confirm, mark };
}
