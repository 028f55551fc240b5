import assert from "node:assert/strict";
import type { AnyKind, Concurrency } from "../../runtime/actor/kind.ts";
import { seededRandom } from "../../runtime/core/random.ts";
import { DispatchModel } from "../support/dispatch_model.ts";

const TENANTS = ["acme", "zen"];

/** Kinds by name that differ in their limits only. */
function kindsWith(limits: Readonly<Record<string, Concurrency>>): (kind: string) => AnyKind | undefined {
  return (kind) => limits[kind] === undefined ? undefined : { concurrency: limits[kind] } as AnyKind;
}

/** Appends `count` messages of different actors of each kind and tenant. */
function flood(model: DispatchModel, { tenants = TENANTS, kinds = ["job"], count = 20, from = 0 } = {}): void {
  for (let number = from; number < from + count; number++) {
    for (const tenant of tenants) {
      for (const kind of kinds) model.append({ tenant, kind, key: `k${number}`, id: `${number}-${kind}-${tenant}` });
    }
  }
  while (model.untold > 0) model.tellNext();
}

function atHost(model: DispatchModel, part: string): number {
  return [...model.atHost.keys()].filter((address) => address.includes(part)).length;
}

function finishOne(model: DispatchModel, part: string): void {
  model.commit([...model.atHost.keys()].find((address) => address.includes(part))!, { handled: 0, last: "handled" });
  while (model.untold > 0) model.tellNext();
}

Deno.test("createDispatcher() runs at most `total` actors of a kind, and the next when one has ended", () => {
  const model = new DispatchModel({ slots: 64, kindOf: kindsWith({ narrow: { total: 3 }, job: {} }) });
  flood(model, { kinds: ["narrow", "job"] });
  assert.deepEqual([atHost(model, "/narrow/"), atHost(model, "/job/")], [3, 40]);
  finishOne(model, "/narrow/");
  assert.equal(atHost(model, "/narrow/"), 3);
});

Deno.test("createDispatcher() runs at most `perTenant` actors of a kind for each tenant", () => {
  const model = new DispatchModel({ slots: 64, kindOf: kindsWith({ narrow: { perTenant: 2 } }) });
  flood(model, { kinds: ["narrow"] });
  assert.deepEqual(TENANTS.map((tenant) => atHost(model, tenant)), [2, 2]);
  finishOne(model, "zen");
  assert.deepEqual(TENANTS.map((tenant) => atHost(model, tenant)), [2, 2]);
});

Deno.test("createDispatcher() leaves a quarter of the room to others than the tenant that floods (P13)", () => {
  const model = new DispatchModel({ slots: 16 });
  flood(model, { tenants: ["acme"] });
  assert.equal(atHost(model, "acme"), 12);
  flood(model, { tenants: ["zen"], count: 1 });
  assert.equal(atHost(model, "zen"), 1);
});

Deno.test("createDispatcher() keeps to `tenantLimitOf`", () => {
  const model = new DispatchModel({ slots: 64, tenantLimitOf: () => 5 });
  flood(model);
  assert.deepEqual(TENANTS.map((tenant) => atHost(model, tenant)), [5, 5]);
});

Deno.test("createDispatcher() counts what runs, not what waits for its commit", () => {
  const model = new DispatchModel({ slots: 64, tenantLimitOf: () => 1 });
  flood(model, { tenants: ["acme"], count: 2 });
  model.commit("acme/job/k0", { handled: 0, last: "handled" });
  model.dispatcher.pump();
  assert.equal(atHost(model, "acme/job/k1"), 1);
  while (model.untold > 0) model.tellNext();
  flood(model, { tenants: ["acme"], count: 1 });
  assert.equal(atHost(model, "acme/job/k0"), 0, "the one that runs is counted once, though two have been delivered");
});

Deno.test("createDispatcher() leaves messages of a kind that is not known where they are", () => {
  const model = new DispatchModel({ kindOf: kindsWith({ job: {} }) });
  flood(model, { tenants: ["acme"], kinds: ["gone", "job"], count: 3 });
  assert.deepEqual([atHost(model, "/gone/"), atHost(model, "/job/")], [0, 3]);
});

Deno.test("createDispatcher() serves a tenant with little as soon as one with a flood has had its turn (P13)", async () => {
  const model = new DispatchModel({ slots: 16 });
  flood(model, { tenants: ["acme"], count: 2_000 });
  flood(model, { tenants: ["zen"], count: 40 });
  let servedOfAcme = 0;
  while (model.deliveries.filter((id) => id.includes("-zen")).length < 40) {
    for (const address of [...model.atHost.keys()]) {
      if (address.startsWith("acme")) servedOfAcme++;
      model.commit(address, { handled: 0, last: "handled" });
    }
    while (model.untold > 0) model.tellNext();
    for (const read of model.reads.splice(0)) read.answer();
    await Promise.resolve();
  }
  assert.ok(servedOfAcme < 80, `acme was served ${servedOfAcme} times while zen was 40 times`);
});

for (const together of [1, 16]) {
  Deno.test(`createDispatcher() gives a tenant of weight 2 twice the turns, ${together} of 16 ending at a time`, () => {
    const random = seededRandom(5);
    const model = new DispatchModel({ slots: 16, weightOf: (tenant) => tenant === "acme" ? 2 : 1 });
    const served = { acme: 0, zen: 0 };
    for (let number = 0; number < 3_000; number += together) {
      flood(model, { count: together, from: number });
      const running = [...model.atHost.keys()];
      for (let ended = 0; ended < together; ended++) {
        const [address] = running.splice(Math.floor(random.next() * running.length), 1);
        served[address!.startsWith("acme") ? "acme" : "zen"]++;
        model.commit(address!, { handled: 0, last: "handled" });
      }
      while (model.untold > 0) model.tellNext();
    }
    const share = served.acme / served.zen;
    assert.ok(share > 1.7 && share < 2.3, `acme got ${share} times what zen got`);
  });
}

Deno.test("createDispatcher() asks the store again with the next pump when a read has failed", async () => {
  const failures: unknown[] = [];
  let broken = true;
  const model = new DispatchModel({
    onReadFailed: (error) => void failures.push(error),
    read: {
      readyHeads: () => broken ? Promise.reject(new Error("no")) : Promise.resolve(model.mailbox("acme/job/one")),
      readyLanes: () => Promise.resolve([{ tenant: "acme", kind: "job" }]),
    } as unknown as NonNullable<ConstructorParameters<typeof DispatchModel>[0]>["read"] & object,
  });
  model.append({ key: "one" });
  await model.dispatcher.start();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(failures.length, 1);
  broken = false;
  model.dispatcher.pump();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(model.deliveries, ["message-one-1"]);
});
