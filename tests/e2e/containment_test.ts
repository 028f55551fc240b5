import assert from "node:assert/strict";
import type { Submission } from "../../routes/submission.ts";
import { apiOf } from "../support/api.ts";
import { startServer } from "../support/running_server.ts";

const env = { ACTORS: "tests/support/actors/mod.ts" };

/** What a handler does, and what its job says for it. */
const ENDINGS: Readonly<Record<string, { readonly says: string; readonly error: RegExp | null }>> = {
  throw: { says: "throws", error: /^thrown on purpose$/ },
  reject: { says: "rejects", error: /^rejected on purpose$/ },
  exit: { says: "ends its process", error: /^The handler ended its worker/ },
  close: { says: "closes its worker", error: /^The handler ended its worker/ },
  garbage: { says: "prints garbage", error: null },
  file: { says: "reads a file of the machine", error: /Requires read access to "\/etc\/passwd"/ },
  env: { says: "reads the environment", error: /Requires env access to "HOME"/ },
  host: { says: "calls another host", error: /Requires net access|Requests to port 9 are blocked/ },
  late: { says: "throws when its turn is over", error: null },
};

Deno.test("what a handler does wrong costs its own attempt at most [S4-44, S4-48]", async (t) => {
  await using server = await startServer({ env });
  const { pid } = server;
  const { submit, waitFor, logs, send } = apiOf(server);

  for (const [how, { says, error }] of Object.entries(ENDINGS)) {
    await t.step(`a handler that ${says} harms no other job`, async () => {
      const { id } = await submit({ type: "misbehaving", payload: { how } });
      const neighbours = await Promise.all(Array.from({ length: 10 }, () => submit({ type: "trivial" })));
      const job = await waitFor(id, error === null ? "succeeded" : "failed");
      if (error !== null) assert.match(job.error!.message, error);
      assert.deepEqual((await logs(id)).map(({ attempt, outcome }) => [attempt, outcome]), [[1, job.status]]);
      for (const neighbour of neighbours) assert.equal((await waitFor(neighbour.id, "succeeded")).attempts, 1);
      assert.equal((await waitFor((await submit({ type: "trivial" })).id, "succeeded")).attempts, 1);
    });
  }

  await t.step("what was refused says that a permission is missing", async () => {
    for (const how of ["file", "env"]) {
      const { id } = await submit({ type: "misbehaving", payload: { how } });
      await waitFor(id, "failed");
      const [attempt] = await logs(id);
      assert.match(attempt!.error!.stack!, /NotCapable/);
    }
  });

  await t.step("all of it at once leaves the server as it was", async () => {
    const jobs: Submission[] = Object.keys(ENDINGS).flatMap((how) => [
      { type: "misbehaving", payload: { how } },
      ...Array.from({ length: 5 }, () => ({ type: "trivial" })),
    ]);
    const { items } = await (await send("POST", "/api/jobs/batch", jobs)).json();
    for (const [index, { id }] of items.entries()) {
      const { payload } = jobs[index]!;
      await waitFor(
        id,
        payload === undefined || ENDINGS[(payload as { how: string }).how]!.error === null ? "succeeded" : "failed",
      );
    }
    const health = await (await send("GET", "/health")).json();
    assert.deepEqual([health.status, health.pending, health.running], ["ready", 0, 0]);
  });

  assert.equal(server.pid, pid);
  assert.equal(server.logs().filter((line) => line.includes('"message":"ready"')).length, 1);
});
