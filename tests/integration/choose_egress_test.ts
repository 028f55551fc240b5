import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry, defineActor, defineUpstream, type Upstream } from "../../runtime/authoring.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { createDiagnostics } from "../../runtime/observe/diagnostics.ts";
import { chooseEgress, type EgressChoice, upstreamsOf } from "../../runtime/upstream/choose.ts";
import { CONFIG_URL } from "../support/broker_rig.ts";
import { fetchCall } from "../support/fetch_call.ts";
import { openOutside } from "../support/outside.ts";
import { createRecorder } from "../support/recorder.ts";

function kindWith(kind: string, ...upstreams: readonly Upstream[]) {
  return defineActor({ kind, state: z.object({}), initial: {}, messages: {}, on: {}, upstreams });
}

for (const [isolation, processes] of [["process", 2], ["auto", 2], ["worker", 0], ["inline", 0]] as const) {
  Deno.test(`chooseEgress() starts ${processes} processes for both kinds of calls with isolation ${isolation}`, async () => {
    await using outside = openOutside();
    const diagnostics = createDiagnostics();
    const recorder = createRecorder();
    recorder.hear(diagnostics);
    const choice: EgressChoice = {
      isolation,
      registry: createRegistry([kindWith("one", defineUpstream({ name: "ups", baseUrl: outside.url }))]),
      allowed: ["127.0.0.0/8"],
      webhookKeys: [],
      configUrl: CONFIG_URL,
      env: Deno.env.toObject(),
      clock: systemClock,
      diagnostics,
    };
    const egress = await chooseEgress(choice);
    try {
      const { signal } = new AbortController();
      assert.equal((await egress.fetch(fetchCall("/echo", { upstream: "ups" }), signal)).status, 200);
      assert.equal((await egress.fetch(fetchCall(`${outside.url}/echo`), signal)).status, 200);
      assert.equal(recorder.of("broker.started").length, processes);
    } finally {
      await egress.stop();
    }
  });
}

Deno.test("chooseEgress() on Deno Deploy calls both from this process", async () => {
  await using outside = openOutside();
  const diagnostics = createDiagnostics();
  const recorder = createRecorder();
  recorder.hear(diagnostics);
  const egress = await chooseEgress({
    isolation: "auto",
    onDeploy: true,
    registry: createRegistry([kindWith("one", defineUpstream({ name: "ups", baseUrl: outside.url }))]),
    allowed: ["127.0.0.0/8"],
    webhookKeys: [],
    configUrl: CONFIG_URL,
    env: Deno.env.toObject(),
    clock: systemClock,
    diagnostics,
  });
  try {
    const { signal } = new AbortController();
    assert.equal((await egress.fetch(fetchCall("/echo", { upstream: "ups" }), signal)).status, 200);
    assert.equal((await egress.fetch(fetchCall(`${outside.url}/echo`), signal)).status, 200);
    assert.equal(recorder.of("broker.started").length, 0);
  } finally {
    await egress.stop();
  }
});

Deno.test("upstreamsOf() names each upstream once, and takes no two of one name", () => {
  const upstream = (baseUrl: string) => defineUpstream({ name: "ups", baseUrl });
  const same = [kindWith("one", upstream("https://a.example")), kindWith("two", upstream("https://a.example"))];
  assert.deepEqual(upstreamsOf(createRegistry(same)).map(({ name }) => name), ["ups"]);
  const other = [kindWith("one", upstream("https://a.example")), kindWith("two", upstream("https://b.example"))];
  assert.throws(() => upstreamsOf(createRegistry(other)), /Two upstreams are named ups/);
});

for (const [baseUrl, drops, processes] of [["null:", ["mail"], 0], ["maildir:/proc/mail", [], 1]] as const) {
  Deno.test(`chooseEgress() starts ${processes} processes for letters to ${baseUrl}`, async () => {
    const diagnostics = createDiagnostics();
    const recorder = createRecorder();
    recorder.hear(diagnostics);
    const mail = { from: "wash@sparkle.example", unsubscribeUrl: "" };
    const egress = await chooseEgress({
      isolation: "process",
      registry: createRegistry([kindWith("one", defineUpstream({ name: "mail", baseUrl, mail }))]),
      allowed: [],
      webhookKeys: [],
      configUrl: CONFIG_URL,
      env: Deno.env.toObject(),
      clock: systemClock,
      diagnostics,
    });
    try {
      assert.deepEqual(egress.drops, drops);
      const to = { name: "", address: "anne@example.com" };
      const letter = { id: "01m.email", tenant: "t", to, subject: "Hi", text: "Hello", html: null, at: 0 };
      const call = fetchCall("", { upstream: "mail", method: "POST", body: JSON.stringify(letter) });
      const ended = egress.fetch(call, new AbortController().signal);
      if (processes === 0) assert.equal((await ended).status, 200);
      // It may write where it was told, and there is no such place.
      else await assert.rejects(ended, { code: "upstream-failed", message: /^mail cannot write its files: / });
      assert.equal(recorder.of("broker.started").length, processes);
    } finally {
      await egress.stop();
    }
  });
}
