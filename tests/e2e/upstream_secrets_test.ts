import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { writeCallingActors } from "../support/calling_actors.ts";
import { createCanaries } from "../support/canaries.ts";
import { openOutside } from "../support/outside.ts";
import { descendantsOf } from "../support/process_tree.ts";
import { startServer } from "../support/running_server.ts";

Deno.test("S1-18 an upstream's address and secret are settings, and the upstream alone is shown the secret", async () => {
  const canaries = createCanaries();
  const token = canaries.of("UPS_TOKEN");
  const answers = { "/api/cut": () => new Response(new ReadableStream({ pull: (body) => body.error() })) };
  await using outside = openOutside(answers);
  await using actors = await writeCallingActors(`${outside.url}/api`);
  await using server = await startServer({
    env: { ACTORS: actors.mod, UPS_URL: `${outside.url}/api`, UPS_TOKEN: token, LOG_LEVEL: "debug" },
  });
  const { submit, waitFor } = apiOf(server);
  const ended = async (type: string, url: string, status: string) => {
    const { id } = await submit({ type, payload: { url } });
    return await waitFor(id, status as "succeeded");
  };

  assert.equal((await ended("member", "/status/418", "succeeded")).status, "succeeded");
  assert.deepEqual(outside.seen.map(({ path, headers }) => [path, headers.get("authorization")]), [
    ["/api/status/418", `Bearer ${token}`],
  ]);
  const failures = [await ended("member", "/cut", "failed"), await ended("member", "/../x", "failed")];
  const lacking = await ended("lacking", "/x", "failed");
  assert.deepEqual([lacking.error?.code, lacking.error?.message], [
    "invalid-config",
    "nowhere cannot be called: set UPS_NOWHERE",
  ]);
  assert.deepEqual(canaries.foundIn(JSON.stringify([...failures, lacking])), []);

  const children = descendantsOf(server.pid);
  const brokers = children.filter((pid) => Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes("broker_child"));
  assert.equal(brokers.length, 1);
  for (const pid of [server.pid, ...children]) {
    assert.deepEqual(canaries.foundIn(Deno.readFileSync(`/proc/${pid}/cmdline`)), []);
  }
  for (const pid of children) assert.deepEqual(canaries.foundIn(Deno.readFileSync(`/proc/${pid}/environ`)), []);
  assert.equal(await server.stop(), 0);
  assert.ok(server.logs().length > 5);
  assert.deepEqual(canaries.foundIn(server.logs().join("\n")), []);
});
