import assert from "node:assert/strict";
import { apiOf } from "../support/api.ts";
import { writeCallingActors } from "../support/calling_actors.ts";
import { openOutside } from "../support/outside.ts";
import { startServer } from "../support/running_server.ts";

Deno.test("an answer of 16 MiB comes to the handler through every process between, and a larger one is refused", async () => {
  const event = '{"EventId":1,"Type":"PICKUP","StatusCode":""}\n';
  const most = event.repeat(Math.ceil(16 * 1024 * 1024 / event.length)).slice(0, 16 * 1024 * 1024);
  await using outside = openOutside({
    "/most": () => new Response(most),
    "/more": () => new Response(`${most}.`),
  });
  await using actors = await writeCallingActors(outside.url);
  await using server = await startServer({ env: { ACTORS: actors.mod, EGRESS_ALLOW: "127.0.0.1" } });
  const { submit, waitFor } = apiOf(server);
  const measure = (path: string) => submit({ type: "measure", payload: { url: outside.url + path } });

  const { result } = await waitFor((await measure("/most")).id, "succeeded");
  assert.deepEqual(result, { status: 200, text: String(16 * 1024 * 1024) });
  const { error } = await waitFor((await measure("/more")).id, "failed");
  assert.match(error!.message, /larger than 16777216 bytes/);
});
