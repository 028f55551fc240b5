import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry, defineActor, testActor } from "../../runtime/authoring.ts";
import fc from "../support/properties.ts";
import { bay } from "../support/car_wash/bay.ts";
import { byWeightPrice, flatPrice, type Pricing } from "../support/car_wash/pricing.ts";
import { takings } from "../support/car_wash/takings.ts";
import { assertShown, type ShownLines } from "../support/shown_lines.ts";

const WORKERS = "tests/e2e/s0_workers_test.ts";
const SERVICES = "tests/e2e/s0_services_test.ts";
const FLOW = "tests/e2e/s0_flow_test.ts";
const ACTIONS = "tests/e2e/s0_customer_actions_test.ts";
const EMPLOYEES = "tests/e2e/s0_employees_test.ts";
const DEMO = "tests/e2e/demo_test.ts";
const FIRST = "tests/e2e/s0_first_worker_test.ts";
const FINANCES = "tests/e2e/s0_financial_sync_test.ts";

/** What a platform of many tenants' workers must do, by number, and a file with a test whose name bears that number. */
const SHOWN: ShownLines = {
  1: ["workers of a tenant are told whose they are, and keep it", WORKERS],
  2: ["global workers run with no tenant", WORKERS],
  3: ["a new type of worker, and no host is edited", FIRST],
  4: ["a scope more, and no worker is edited", WORKERS],
  5: ["state outlives executions", WORKERS],
  6: ["large workloads", WORKERS],
  7: ["all of it in memory, for prototypes", SERVICES],
  8: ["a queue that dispatches and processes messages", SERVICES],
  9: ["triggers that begin work", SERVICES],
  10: ["a database behind names, in memory too", SERVICES],
  11: ["workers typed by state and message", "tests/unit/s0_test.ts"],
  12: ["a worker is its work and nothing else", FIRST],
  13: ["any state comes back as it was", WORKERS],
  14: ["workers that do the same in their ways", WORKERS],
  15: ["workers subscribe to events of queues and triggers while all runs", FLOW],
  16: ["an e-mail and a credit application for each customer", ACTIONS],
  17: ["a stream of many actions", ACTIONS],
  18: ["a worker receives work by subscription", FLOW],
  19: ["rows of employees are staged and processed for each tenant", EMPLOYEES],
  20: ["fifty uploads of each tenant and more", DEMO],
  21: ["a financial sync by the clock", FINANCES],
  22: ["its cursor, its jobs, and the cursor saved", FINANCES],
  23: ["an actor that a schedule drives", FINANCES],
  24: ["trigger, orchestrator, queue, subscriber, work", FLOW],
  25: ["one process shows all of it at work", DEMO],
  26: ["a quick start for who writes one", FIRST],
};
const LINES = 26;

Deno.test("each thing that tenants' workers must do is shown by a test that says so", async () => {
  const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
  assert.deepEqual(Object.keys(SHOWN).map(Number), numbers);
  await assertShown("S0", SHOWN);
});

const gauge = defineActor({
  kind: "gauge",
  state: z.object({ litres: z.number().min(0) }),
  initial: { litres: 0 },
  messages: { use: z.strictObject({ litres: z.number() }) },
  queries: { litres: (state) => state.litres },
  on: {
    use(state, { litres }) {
      state.litres += litres;
    },
  },
});

Deno.test("a worker is typed by its state and its messages, when it is written and while it runs [S0-11]", async () => {
  // @ts-expect-error: its state has no such part
  const wrongState = () => testActor(gauge).given({ gallons: 1 });
  // @ts-expect-error: it has no such message
  await assert.rejects(testActor(gauge).when("spill", {}), { code: "unknown-message" });
  // @ts-expect-error: the message is made of something else
  await assert.rejects(testActor(gauge).when("use", { litres: "many" }), { code: "invalid-message" });
  defineActor({
    ...{ kind: "wrong", state: z.object({ litres: z.number() }), messages: { use: z.object({ litres: z.number() }) } },
    initial: { litres: 0 },
    // @ts-expect-error: neither has what this handler reads
    on: { use: (state, { gallons }) => state.gallons = gallons },
  });
  assert.equal(typeof wrongState, "function");

  const { end, error, state } = await testActor(gauge).given({ litres: 5 }).when("use", { litres: -9 });
  assert.deepEqual([end, state], ["failed", { litres: 5 }], "no turn leaves a state that its schema refuses");
  assert.match(error?.message ?? "", /state/);
});

Deno.test("a state comes back from its text as it was, whatever its shape is [S0-13]", async () => {
  const memo = defineActor({
    kind: "memo",
    state: z.object({ kept: z.json(), turns: z.int() }),
    initial: { kept: null, turns: 0 },
    messages: { keep: z.object({ value: z.json() }), touch: z.object({}) },
    on: {
      keep: (state, { value }) => void (state.kept = value),
      touch: (state) => void state.turns++,
    },
  });
  await fc.assert(fc.asyncProperty(fc.jsonValue({ stringUnit: "binary" }), async (generated) => {
    const value = JSON.parse(JSON.stringify(generated));
    const kept = (await testActor(memo).when("keep", { value })).state;
    const touched = (await testActor(memo).given(kept).when("touch", {})).state;
    assert.deepEqual(touched, { kept: value, turns: 1 });
  }));
});

Deno.test("workers of one type take each other's place [S0-14]", async () => {
  const priced = async (pricing: Pricing) => {
    const turn = await testActor(pricing).knowing(createRegistry([bay]))
      .when("quote", { car: "limousine", for: "one" });
    return turn.sends.map(({ payload }) => payload);
  };
  assert.deepEqual(await priced(flatPrice), [{ car: "limousine", cents: 1_200 }]);
  assert.deepEqual(await priced(byWeightPrice), [{ car: "limousine", cents: 900 }]);
});

Deno.test("a worker's rows can be made up, and what it writes be looked at, without a database [S0-10]", async () => {
  const { result } = await testActor(takings)
    .answering({ ofBay: ({ bay }: { bay: string }) => [{ car: bay, cents: 7 }, { car: "b", cents: 8 }] })
    .when("run", { bay: "one" });
  assert.deepEqual(result, { cars: ["one", "b"], cents: 15 });
  const { rows } = await testActor(bay).when("quoted", { car: "van", cents: 9 });
  assert.deepEqual(rows.map(({ write, args }) => [write, args]), [
    ["book", { id: "01TEST0000000000000000MSG1", bay: "one", car: "van", cents: 9 }],
  ]);
});
