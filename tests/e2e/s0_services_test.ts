import assert from "node:assert/strict";
import { type Api, apiOf, until } from "../support/api.ts";
import { testDatabase } from "../support/postgres.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";

const ENV = { ACTORS: "tests/support/car_wash/mod.ts" };
const CARS = 40;

Deno.test("queue, triggers and database are there without any of them: in memory, for a prototype [S0-7]", async (t) => {
  const tmp = await Deno.makeTempDir({ prefix: "mailroom-prototype-" });
  const env = { ...ENV, DATABASE_URL: "sqlite::memory:", TMPDIR: tmp };
  {
    await using server = await startServer({ env });
    await services(t, server, "in memory");

    await t.step("nothing of it is anywhere afterwards: each start is the first [S0-7]", async () => {
      const api = apiOf(server);
      await tell(api, "bay/one/wash", { car: "last" });
      assert.equal(await server.stop(), 0);
      assert.deepEqual(namesIn(tmp), []);
      assert.deepEqual(namesIn(server.dataDir), []);
      await server.restart();
      assert.equal(await (await api.send("GET", "/api/actors/bay/one/washed")).json(), 0);
      assert.deepEqual((await (await api.send("GET", "/api/schedules")).json()).items, []);
      assert.equal(await server.stop(), 0);
    });
  }
  assert.deepEqual(namesIn(tmp), []);
  await Deno.remove(tmp, { recursive: true });
});

Deno.test("the same program has another database with one word", async (t) => {
  await using database = await testDatabase();
  await using server = await startServer({ env: { ...ENV, DATABASE_URL: database.url } });
  await services(t, server, "on Postgres");

  await t.step("and the rows are Postgres's [S0-10]", async () => {
    const [washed] = await database.query("select tenant, count(*) as cars from washes group by tenant");
    assert.deepEqual(washed, { tenant: "demo", cars: CARS });
  });
});

/** What a worker is given by its surroundings, whatever they are made of. */
async function services(t: Deno.TestContext, server: RunningServer, where: string): Promise<void> {
  const api = apiOf(server);

  await t.step(`messages are queued and processed, each once and in order, ${where} [S0-8]`, async () => {
    const repeated = { "idempotency-key": "the-first" };
    const cars = Array.from({ length: CARS }, (_, number) => `car-${String(number).padStart(2, "0")}`);
    const [first] = cars;
    const messages = [];
    for (const headers of [repeated, repeated]) messages.push(await tell(api, "bay/one/wash", { car: first }, headers));
    assert.equal(messages[0], messages[1]);
    for (const car of cars.slice(1)) await tell(api, "bay/one/wash", { car });
    const events = await api.eventsSince(0, ({ type, data }) => type === "bay.washed" && data.car === cars.at(-1));
    assert.deepEqual(events.filter(({ type }) => type === "bay.washed").map(({ data }) => data.car), cars);
    assert.equal(await (await api.send("GET", "/api/actors/bay/one/washed")).json(), CARS);
  });

  await t.step(`rows are written and read by name, ${where} [S0-10]`, async () => {
    const earned = async (tenant: string) => {
      const { submit, waitFor } = apiOf(server, { tenant });
      const { id } = await submit({ type: "takings", payload: { bay: "one" } });
      return (await waitFor(id, "succeeded")).result as { cars: string[]; cents: number };
    };
    const { cars, cents } = await earned("demo");
    assert.deepEqual([cars.length, new Set(cars).size, cents], [CARS, CARS, CARS * 1_200]);
    assert.deepEqual(await earned("other"), { cars: [], cents: 0 });
  });

  await t.step(`work is begun by the clock, and by hand, ${where} [S0-9]`, async () => {
    const schedule = {
      name: "count-the-till",
      everyMs: 1_000,
      target: { type: "takings", payload: { bay: "one" } },
    };
    const made = await api.send("POST", "/api/schedules", schedule);
    assert.equal(made.status, 201, await made.text());
    const ran = await until("it has ticked twice", async () => {
      const { items } = await (await api.send("GET", "/api/schedules/count-the-till/ticks")).json();
      const sent = items.filter(({ status }: { status: string }) => status === "sent");
      return sent.length >= 2 ? sent as { key: string }[] : undefined;
    });
    for (const { key } of ran) {
      assert.deepEqual(
        (await api.waitFor(key, "succeeded") as { result: { cents: number } }).result.cents,
        CARS * 1_200,
      );
    }
    const run = await api.send("POST", "/api/schedules/count-the-till/run");
    assert.equal(run.status, 202, await run.text());
    const gone = await api.send("DELETE", "/api/schedules/count-the-till");
    assert.equal(gone.status, 204, await gone.text());
  });
}

async function tell(
  api: Api,
  path: string,
  payload: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await api.send("POST", `/api/actors/${path}`, payload, headers);
  const text = await response.text();
  assert.equal(response.status, 202, text);
  return JSON.parse(text).messageId;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}
