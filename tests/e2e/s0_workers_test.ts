import assert from "node:assert/strict";
import { type Api, apiOf, rowsOf, until } from "../support/api.ts";
import fc from "../support/properties.ts";
import { startServer } from "../support/running_server.ts";
import { problemIn } from "../support/test_app.ts";

const env = { ACTORS: "tests/support/car_wash/mod.ts" };
const TENANTS = ["north", "south", "harbour"];
const VALUES = 60;
const CROWD = { tenants: 20, jobs: 250 };

/** Any JSON but what an actor begins with, which is not written; a minus before a zero is no part of it. */
const values = fc.sample(
  fc.jsonValue({ stringUnit: "grapheme", maxDepth: 4 }).filter((value) => value !== null),
  VALUES,
)
  .map((value) => JSON.parse(JSON.stringify(value)));

Deno.test("car washes of many tenants are run", async (t) => {
  await using server = await startServer({ env });
  const apis = new Map(TENANTS.map((tenant) => [tenant, apiOf(server, { tenant })]));
  const forAll = (what: (api: Api, index: number) => Promise<unknown>) =>
    Promise.all([...apis.values()].map((api, index) => what(api, index)));
  const global = apiOf(server, { tenant: "system" });

  await t.step("a worker is its tenant's, was told so, and knows nothing of the others' [S0-1]", async () => {
    await forAll(async (api, index) => {
      for (let car = 0; car <= index; car++) await tell(api, "bay/one/wash", { car: `car-${car}` });
    });
    await forAll((api, index) => washed(api, index + 1));
    assert.deepEqual(
      await Promise.all([...apis].map(async ([tenant, api]) => [tenant, (await stateOf(api, "bay/one")).tenant])),
      TENANTS.map((tenant) => [tenant, tenant]),
    );
    await problemIn(await apiOf(server, { tenant: "nobody" }).send("GET", "/api/actors/bay/one"), 404);
    assert.deepEqual(
      rowsOf(server, "select tenant, count(*) as cars from washes group by tenant order by tenant"),
      [{ tenant: "harbour", cars: 3 }, { tenant: "north", cars: 1 }, { tenant: "south", cars: 2 }],
    );
  });

  await t.step("a global worker runs by itself and belongs to no tenant [S0-2]", async () => {
    const looks = await until("it has looked twice", async () => {
      const state = await stateOf(global, "weather/main");
      return state.looks as number >= 2 ? state : undefined;
    });
    assert.equal(looks.runsFor, "system");
    await forAll(async (api) => problemIn(await api.send("GET", "/api/actors/weather/main"), 404));

    // It reaches tenants' workers, where it is told which.
    await tell(global, "weather/main/storm", { over: ["north", "south"] });
    const isOpen = async (tenant: string) => (await stateOf(apis.get(tenant)!, "bay/one")).isOpen;
    await until("two bays are closed", async () => !await isOpen("north") && !await isOpen("south") || undefined);
    assert.equal(await isOpen("harbour"), true);
  });

  await t.step("a scope between the two is another kind, and none that is there knows of it [S0-4]", async () => {
    const regions = { coast: ["north", "harbour"], inland: ["south", "north"] };
    for (const [name, tenants] of Object.entries(regions)) {
      await tell(global, `region/${name}/cover`, { tenants });
      await tell(global, `region/${name}/sumUp`, {});
    }
    const sum = async (name: string) => await (await global.send("GET", `/api/actors/region/${name}/washed`)).json();
    await until(
      "both have summed up",
      async () => await sum("coast") === 1 + 3 && await sum("inland") === 2 + 1 || undefined,
    );

    await tell(global, "region/coast/close", {});
    await until("its last bay is closed", async () => {
      return (await stateOf(apis.get("harbour")!, "bay/one")).isOpen === false || undefined;
    });
    await problemIn(await apis.get("north")!.send("GET", "/api/actors/region/coast"), 404);
  });

  await t.step("a worker is one of several that do the same in their ways, chosen by a word [S0-14]", async () => {
    const api = apiOf(server, { tenant: "strategies" });
    await tell(api, "bay/one/wash", { car: "van", pricing: "flat" });
    await tell(api, "bay/one/wash", { car: "limousine", pricing: "by-weight" });
    await washed(api, 2);
    const { id } = await api.submit({ type: "takings", payload: { bay: "one" } });
    assert.deepEqual((await api.waitFor(id, "succeeded")).result, { cars: ["limousine", "van"], cents: 900 + 1_200 });
    for (const kind of ["flat-price", "by-weight-price"]) {
      assert.deepEqual(await stateOf(api, `${kind}/main`), { quotes: 1 });
    }
  });

  await t.step("a worker is told nothing but what its messages say [S0-11]", async () => {
    const api = apis.get("harbour")!;
    const places = async (message: string, payload: unknown) => {
      const { errors } = await problemIn(await api.send("POST", `/api/actors/bay/one/${message}`, payload), 422);
      return errors?.map(({ pointer }) => pointer);
    };
    assert.deepEqual(await places("wash", { car: 7 }), ["/car"]);
    assert.deepEqual(await places("wash", { car: "x", pricing: "free" }), ["/pricing"]);
    assert.deepEqual(await places("close", { now: true }), [""]);
    await problemIn(await api.send("POST", "/api/actors/bay/one/wax", {}), 404);
    await washed(api, 3);
  });

  await t.step("thousands of jobs of many tenants are all done, each once [S0-6]", async () => {
    const crowd = Array.from({ length: CROWD.tenants }, (_, number) => apiOf(server, { tenant: `crowd-${number}` }));
    const jobs = Array.from({ length: CROWD.jobs }, () => ({ type: "takings", payload: { bay: "none" } }));
    await Promise.all(crowd.map(async (api) => {
      const response = await api.send("POST", "/api/jobs/batch", jobs);
      assert.equal(response.status, 201);
      await response.body?.cancel();
    }));
    const total = CROWD.tenants * CROWD.jobs;
    const where = "from jobs where tenant like 'crowd-%'";
    await until("all are done", () => {
      const [{ done } = {}] = rowsOf(server, `select count(*) as done ${where} and status = 'succeeded'`);
      return Promise.resolve(done === total || undefined);
    });
    assert.deepEqual(
      rowsOf(server, `select count(distinct tenant) as tenants, sum(attempts) as attempts ${where}`),
      [{ tenants: CROWD.tenants, attempts: total }],
    );
  });

  await t.step("states of any shape are kept as they are [S0-13]", async () => {
    const api = apiOf(server, { tenant: "memos" });
    for (const [key, value] of values.entries()) await tell(api, `memo/m${key}/keep`, { value });
    await server.kill();
    await server.restart();
    for (const [key, value] of values.entries()) {
      await until(`m${key} is handled`, async () => {
        const { mailboxDepth } = await (await api.send("GET", `/api/actors/memo/m${key}`)).json();
        return mailboxDepth === 0 || undefined;
      });
      assert.deepEqual(await stateOf(api, `memo/m${key}`), { value });
    }
  });

  await t.step("what a worker knew it knows at its next execution, whatever happened between [S0-5]", async () => {
    const lives = [() => server.stop(), () => server.kill()];
    for (const [life, end] of lives.entries()) {
      await end();
      await server.restart();
      await forAll((api) => tell(api, "bay/one/wash", { car: `after-${life}` }));
      await forAll((api, index) => washed(api, index + 1 + life + 1));
    }
    assert.deepEqual(await stateOf(apis.get("south")!, "bay/one"), { tenant: "south", washed: 4, isOpen: false });
    const before = (await stateOf(global, "weather/main")).looks as number;
    await until("the global one goes on", async () => {
      return (await stateOf(global, "weather/main")).looks as number > before || undefined;
    });
  });
});

async function tell(api: Api, path: string, payload: unknown): Promise<void> {
  const response = await api.send("POST", `/api/actors/${path}`, payload);
  const text = await response.text();
  assert.equal(response.status, 202, text);
}

/** Empty for an actor that has none yet. */
async function stateOf(api: Api, actor: string): Promise<Record<string, unknown>> {
  const response = await api.send("GET", `/api/actors/${actor}`);
  return (await response.json()).state ?? {};
}

async function washed(api: Api, cars: number): Promise<void> {
  await until(`${cars} cars are washed`, async () => {
    const count = await (await api.send("GET", "/api/actors/bay/one/washed")).json();
    return count === cars || undefined;
  });
}
