import assert from "node:assert/strict";
import { type Api, apiOf, until } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";

const env = { ACTORS: "tests/support/car_wash/mod.ts" };
const BAYS = ["one", "two", "three"];
const DAYS = 3;

Deno.test("work goes from a trigger to whoever subscribes", async (t) => {
  await using server = await startServer({ env });
  const api = apiOf(server);

  await t.step(
    "a schedule tells one who plans, who tells the queue, and a subscriber does each piece once [S0-18, S0-24]",
    async () => {
      await post(api, "/api/schedules", 201, {
        name: "plan-shifts",
        everyMs: 1_000,
        target: { kind: "rota", key: "main", message: "plan", payload: { bays: BAYS } },
      });
      const days = () => api.send("GET", "/api/actors/rota/main/days").then((answer) => answer.json());
      await until("a day is planned", async () => await days() >= 1 || undefined);
      // What dies on the way is gone on with, and the subscription with it.
      await server.kill();
      await server.restart();
      await until("days are planned", async () => await days() >= DAYS || undefined);
      await api.send("DELETE", "/api/schedules/plan-shifts").then((answer) => assert.equal(answer.status, 204));

      const worked = await until("all shifts are worked", async () => {
        const { worked = [] } = await stateOf(api, "crew/main") as { worked?: { bay: string; day: number }[] };
        return worked.length >= BAYS.length * await days() ? worked : undefined;
      });
      assert.deepEqual(
        worked,
        Array.from({ length: worked.length / BAYS.length }, (_, day) => BAYS.map((bay) => ({ bay, day: day + 1 })))
          .flat(),
      );
      const events = await api.eventsSince(0, ({ type, data }) => {
        return type === "shift.worked" && data.day === worked.at(-1)!.day && data.bay === BAYS.at(-1);
      });
      const told = (wanted: string) => events.filter(({ type }) => type === wanted).map(({ data }) => data);
      assert.deepEqual(told("shift.worked"), told("shift.planned"));
    },
  );

  await t.step(
    "I subscribe a worker to events of queues and triggers while it runs, and unsubscribe it [S0-15]",
    async () => {
      const subscribed = [];
      for (const eventType of ["job.queued", "shift.planned"]) {
        const target = { kind: "loyalty", key: "main", message: "event" };
        subscribed.push(await post(api, "/api/subscriptions", 201, { eventType, target }) as { id: string });
      }
      const heard = async () => (await stateOf(api, "loyalty/main") as { heard?: string[] }).heard ?? [];
      const target = { type: "takings", payload: { bay: "one" } };
      await post(api, "/api/schedules", 201, { name: "count", everyMs: 3_600_000, target });
      await post(api, "/api/schedules/count/run", 202, {});
      await post(api, "/api/actors/rota/extra/plan", 202, { bays: ["one"] });
      const both = await until("it has heard of both", async () => {
        const all = await heard();
        return all.length >= 2 ? all : undefined;
      });
      assert.deepEqual(both.map((line) => line.split(" ")[0]).toSorted(), ["job.queued", "shift.planned"]);

      // Those that stay are told, those that go are not.
      const [jobs] = subscribed;
      const gone = await api.send("DELETE", `/api/subscriptions/${jobs!.id}`);
      assert.equal(gone.status, 204, await gone.text());
      await api.submit(target).then(({ id }) => api.waitFor(id, "succeeded"));
      await post(api, "/api/actors/rota/extra/plan", 202, { bays: ["two"] });
      const all = await until("it has heard of the second plan", async () => {
        const lines = await heard();
        return lines.some((line) => line.includes('"two"')) ? lines : undefined;
      });
      assert.deepEqual(all.length, 3);
    },
  );
});

async function post(api: Api, path: string, status: number, body: unknown): Promise<unknown> {
  const response = await api.send("POST", path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${path}: ${text}`);
  return JSON.parse(text);
}

async function stateOf(api: Api, actor: string): Promise<unknown> {
  return (await (await api.send("GET", `/api/actors/${actor}`)).json()).state ?? {};
}
