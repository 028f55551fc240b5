import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineUpstream } from "../../runtime/actor/upstream.ts";
import { resolveUpstream } from "../../runtime/upstream/resolved.ts";
import { systemClock } from "../../runtime/core/clock.ts";
import { createEgress } from "../../runtime/upstream/bounded_egress.ts";
import { brokerCommand } from "../../runtime/upstream/broker_command.ts";
import { BrokerLife } from "../../runtime/upstream/broker_life.ts";
import type { BrokerSetup } from "../../runtime/upstream/open_broker.ts";
import { callerOf, CONFIG_URL, openProcess, WAYS } from "../support/broker_rig.ts";
import { before } from "../support/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fetchCall, make } from "../support/fetch_call.ts";
import { openOutside } from "../support/outside.ts";
import { groupOf } from "../support/process_tree.ts";
import { isAlive, whenGone } from "../support/processes_alive.ts";

const LOOPBACK_ONLY = {
  reach: "user-addresses",
  upstreams: [],
  allowed: ["127.0.0.0/8", "::1"],
  webhookKeys: [],
} as const;
const PUBLIC_ONLY = { reach: "user-addresses", upstreams: [], allowed: [], webhookKeys: [] } as const;
const FAILED = { code: "upstream-failed", retryable: true };
const nobody = new AbortController().signal;

Deno.test("a broker's process that is killed fails the calls under way, and the next call has another", async () => {
  await using outside = openOutside();
  await using rig = openProcess(LOOPBACK_ONLY);
  const [started, lost] = [rig.recorder.next("broker.started"), rig.recorder.next("broker.lost")];
  const asked = outside.next("/silent");
  const call = make(rig.broker, `${outside.url}/silent`);
  await asked;
  const { pid } = await started;
  Deno.kill(pid, "SIGKILL");
  await assert.rejects(call, FAILED);
  const { pid: gone, reason } = await lost;
  assert.deepEqual([gone, reason], [pid, "it died of SIGKILL"]);
  const again = rig.recorder.next("broker.started");
  assert.equal((await make(rig.broker, `${outside.url}/echo`)).status, 200);
  assert.notEqual((await again).pid, pid);
});

Deno.test("a call that waits while a broker's process is killed is made by the next process", async () => {
  await using outside = openOutside();
  await using rig = openProcess(LOOPBACK_ONLY);
  const limits = { atOnce: 1, waiting: 1, waitingChars: 1 };
  const { fetch } = createEgress({ upstreams: rig.broker, userAddresses: rig.broker, limits });
  const started = rig.recorder.next("broker.started");
  const asked = outside.next("/silent");
  const [underWay, waiting] = ["/silent", "/echo"].map((path) => fetch(fetchCall(outside.url + path), nobody));
  await asked;
  Deno.kill((await started).pid, "SIGKILL");
  await assert.rejects(underWay!, FAILED);
  assert.equal((await waiting!).status, 200);
});

Deno.test("a broker's process that cannot start tells why, and is not started for each of them", async () => {
  const clock = new FakeClock();
  await using rig = openProcess(LOOPBACK_ONLY, { clock, configUrl: "file:///no/such/deno.json" });
  const call = () => make(rig.broker, "http://127.0.0.1:9999/");
  await assert.rejects(call(), { ...FAILED, message: "The process that makes calls to the outside was lost" });
  await assert.rejects(call(), { ...FAILED, message: "The process that makes calls to the outside cannot start" });
  clock.advance(1_000);
  await assert.rejects(call(), { ...FAILED, message: /was lost/ });
  const reasons = rig.recorder.of("broker.lost").map(({ reason }) => reason);
  assert.equal(reasons.length, 2);
  for (const reason of reasons) assert.match(reason, /^it exited with code 1; .*no\/such/);
});

Deno.test("a broker's process starts with its first call", async () => {
  await using rig = openProcess(LOOPBACK_ONLY);
  await rig.broker.stop();
  assert.deepEqual(rig.recorder.all, []);
  await assert.rejects(make(rig.broker, "http://127.0.0.1:9999/"), { code: "stopping" });
});

Deno.test("a broker's process that does not answer is killed when a call has had its time", async () => {
  await using outside = openOutside();
  const clock = new FakeClock();
  await using rig = openProcess(LOOPBACK_ONLY, { clock });
  const started = rig.recorder.next("broker.started");
  await make(rig.broker, `${outside.url}/echo`);
  const { pid } = await started;
  Deno.kill(pid, "SIGSTOP");
  const call = make(rig.broker, `${outside.url}/echo`, { timeoutMs: 1_000 });
  // The call is given to the process a few turns of the loop later.
  await new Promise((resolve) => setTimeout(resolve));
  clock.advance(10_000);
  await assert.rejects(call, FAILED);
  assert.equal(rig.recorder.of("broker.lost")[0]?.reason, "it was stuck");
  assert.ok(!isAlive(pid));
});

Deno.test("no signal of a terminal reaches a broker's process, which ignores SIGINT, SIGTERM and SIGHUP", async () => {
  await using outside = openOutside();
  await using rig = openProcess(LOOPBACK_ONLY);
  const started = rig.recorder.next("broker.started");
  await make(rig.broker, `${outside.url}/echo`);
  const { pid } = await started;
  assert.equal(groupOf(pid), pid);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.kill(pid, signal);
  assert.equal((await make(rig.broker, `${outside.url}/echo`)).status, 200);
  assert.ok(isAlive(pid));
});

Deno.test("a broker's process and its folder are gone when its program is killed, with a call under way", async () => {
  await using outside = openOutside();
  const tmp = await Deno.makeTempDir();
  const asked = outside.next("/silent");
  const program = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--config", fileURLToPath(import.meta.resolve("../deno.json"))],
      import.meta.resolve("../support/egress_parent.ts"),
      `${outside.url}/silent`,
    ],
    env: { TMPDIR: tmp },
    stdout: "piped",
  }).spawn();
  const { value } = await program.stdout.pipeThrough(new TextDecoderStream()).values().next();
  const broker = Number(value);
  await asked;
  assert.ok(isAlive(broker));
  program.kill("SIGKILL");
  await program.status;
  await before(whenGone(broker), 10_000, () => new Error("The broker lives on"));
  assert.deepEqual([...Deno.readDirSync(tmp)], []);
  await Deno.remove(tmp);
});

Deno.test("a broker's process gets none of the server's environment but what Deno and certificates need", async () => {
  await using outside = openOutside();
  const env = { WEBHOOK_SECRET: "whsec_hush", DATABASE_URL: "hush", HTTP_PROXY: "http://127.0.0.1:1" };
  await using rig = openProcess(LOOPBACK_ONLY, { env });
  const started = rig.recorder.next("broker.started");
  assert.equal((await make(rig.broker, `${outside.url}/echo`)).status, 200);
  const environment = Deno.readTextFileSync(`/proc/${(await started).pid}/environ`);
  assert.doesNotMatch(environment, /hush|PROXY/);
});

/** A process that was started for one setup and is told another: what its own permissions refuse. */
async function misled(
  { started, told }: { started: BrokerSetup; told: BrokerSetup },
  use: (life: BrokerLife) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const socketPath = join(folder, "0.sock");
  const command = brokerCommand(socketPath, { setup: started, configUrl: CONFIG_URL, env: Deno.env.toObject() });
  const life = new BrokerLife({ socketPath, command, first: { frame: "setup", setup: told }, clock: systemClock });
  try {
    await life.ready;
    await use(life);
  } finally {
    life.kill("the test is over");
    await life.gone;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a broker's process for user-given addresses refuses by itself what is not public", async () => {
  await using outside = openOutside();
  await misled({ started: PUBLIC_ONLY, told: LOOPBACK_ONLY }, async (life) => {
    for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]) {
      const call = fetchCall(`http://${host}:${outside.port}/echo`);
      await assert.rejects(life.call(call, { timeoutMs: 30_000, signal: nobody }), { code: "address-refused" }, host);
    }
  });
  assert.deepEqual(outside.seen, []);
});

Deno.test("a broker's process for upstreams can reach no other host by itself", async () => {
  await using outside = openOutside();
  const upstreamAt = (baseUrl: string) => ({
    reach: "upstreams" as const,
    upstreams: [resolveUpstream(defineUpstream({ name: "outside", baseUrl }), {})],
  });
  const setups = { started: upstreamAt("http://127.0.0.1:1"), told: upstreamAt(outside.url) };
  await misled(setups, async (life) => {
    const call = fetchCall("/echo", { upstream: "outside" });
    await assert.rejects(life.call(call, { timeoutMs: 30_000, signal: nobody }), { code: "address-refused" });
  });
  assert.deepEqual(outside.seen, []);
});

for (const way of WAYS) {
  Deno.test(`a broker's process for ${way} trusts a certificate for its name and by its authority only`, async () => {
    const file = (name: string) => fileURLToPath(import.meta.resolve(`../support/tls/${name}.pem`));
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: Deno.readTextFileSync(file("server")),
      key: Deno.readTextFileSync(file("server_key")),
      onListen() {},
    }, () => new Response("trusted"));
    const { port } = server.addr;
    const trusting = { DENO_CERT: file("authority"), NODE_EXTRA_CA_CERTS: file("authority") };
    const untrusted = { ...FAILED, message: /its TLS certificate cannot be trusted/ };
    const callAt = async (host: string, env: Record<string, string>) => {
      await using caller = callerOf((setup) => openProcess(setup, { env }), way, `https://${host}:${port}`);
      return (await caller.call("/")).text;
    };
    try {
      assert.equal(await callAt("localhost", trusting), "trusted");
      await assert.rejects(callAt("127.0.0.1", trusting), untrusted);
      await assert.rejects(callAt("localhost", {}), untrusted);
    } finally {
      await server.shutdown();
    }
  });
}
