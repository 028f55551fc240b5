import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import { type Api, apiOf, until } from "../support/api.ts";
import { ADDRESS_INPUTS } from "../support/bad_inputs/addresses.ts";
import { type BadInput, post } from "../support/bad_inputs/bad_input.ts";
import { BODY_INPUTS } from "../support/bad_inputs/bodies.ts";
import { type EndingInput, endingInputs, NO_ADDRESSES } from "../support/bad_inputs/endings.ts";
import { HEADER_INPUTS } from "../support/bad_inputs/headers.ts";
import { JSON_INPUTS } from "../support/bad_inputs/json.ts";
import { faultsOf } from "../support/bad_inputs/judge.ts";
import { QUERY_INPUTS } from "../support/bad_inputs/queries.ts";
import { SCHEDULE_INPUTS } from "../support/bad_inputs/schedules.ts";
import { SUBSCRIPTION_INPUTS } from "../support/bad_inputs/subscriptions.ts";
import { confusedInputs, keySetOf, makeTokenKeys, tokenInputs } from "../support/bad_inputs/tokens.ts";
import { VALUE_INPUTS } from "../support/bad_inputs/values.ts";
import { SILENT, WIRE_INPUTS } from "../support/bad_inputs/wire.ts";
import { openOutside } from "../support/outside.ts";
import { type RunningServer, startServer } from "../support/running_server.ts";
import { SECRET } from "../support/tokens.ts";

const LOG_LEVEL = "info";
const CLASSES: Readonly<Record<string, readonly BadInput[]>> = {
  "JSON": JSON_INPUTS,
  "values in JSON": VALUE_INPUTS,
  "cron and time zones": SCHEDULE_INPUTS,
  "subscriptions": SUBSCRIPTION_INPUTS,
  "bodies": BODY_INPUTS,
  "addresses": ADDRESS_INPUTS,
  "queries": QUERY_INPUTS,
  "headers": HEADER_INPUTS,
  "the wire": WIRE_INPUTS,
};

Deno.test("bad input over the wire is answered as what it is, in detail, and the server is there after each [S4-48]", async (t) => {
  await using server = await startServer({ env: { LOG_LEVEL } });
  const api = apiOf(server);
  const [job, letter] = await Promise.all([
    idOf(api, { type: "report" }, "succeeded"),
    idOf(api, { type: "import", payload: { dataset: "d", content: "a,a\n" } }, "failed"),
  ]);
  const target = { port: portOf(server), places: { job, letter } };
  using _silent = await connectSilently(target.port);

  for (const [name, inputs] of Object.entries(CLASSES)) {
    await t.step(`${inputs.length} of ${name}`, async () => assert.deepEqual(await faultsOf(target, inputs), []));
  }
  await t.step("while connections that stopped in the middle stay open and silent", () => mustBeWell(server));
});

Deno.test("jobs that are bad in themselves end as they must, and call nobody inside", async (t) => {
  await using outside = openOutside();
  const WEBHOOK_SECRET = `whsec_${new Uint8Array(32).fill(1).toBase64()}`;
  await using server = await startServer({ env: { LOG_LEVEL, WEBHOOK_SECRET } });
  const inputs = endingInputs(outside.port);

  await t.step(`${inputs.length} of CSV, NDJSON and webhooks`, async () => {
    const faults = await Promise.all(inputs.map((input) => faultOfEnding(apiOf(server), input)));
    assert.deepEqual(faults.filter((fault) => fault !== null), []);
    assert.deepEqual(outside.seen, []);
  });
  await t.step(`${NO_ADDRESSES.length} of what is no address of a webhook`, async () => {
    const refused = NO_ADDRESSES.map((url): BadInput => ({
      what: `a webhook to ${url.slice(0, 60)}`,
      request: post("/api/jobs", { type: "webhook", payload: { url, body: {} } }),
      answer: [422],
      pointer: "/payload/url",
    }));
    assert.deepEqual(await faultsOf({ port: portOf(server) }, refused), []);
  });
  await mustBeWell(server);
});

Deno.test("no token but one that holds lets anybody in, whatever it is signed with", async (t) => {
  const keys = await makeTokenKeys();
  const keySet = await keySetOf(keys);
  await using provider = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => Response.json(keySet));
  const env = { LOG_LEVEL, TRUSTED_PROXIES: "1" };
  const [withSecret, withKeys] = await Promise.all([
    startServer({ env: { ...env, AUTH_SECRET: SECRET } }),
    startServer({ env: { ...env, AUTH_JWKS_URL: `http://127.0.0.1:${provider.addr.port}/keys` } }),
  ]);
  await using _both = { [Symbol.asyncDispose]: async () => void await Promise.all([withSecret, withKeys].map(gone)) };
  const key = { key: keys.privateKey, head: { alg: "RS256", kid: "one" } };
  const classes: readonly [string, RunningServer, readonly BadInput[]][] = [
    ["where they are signed with a secret", withSecret, await tokenInputs(systemClock, {})],
    ["where they are signed with a key", withKeys, await tokenInputs(systemClock, key)],
    ["where a key is taken for a secret", withKeys, await confusedInputs(systemClock, keys)],
  ];
  for (const [where, server, inputs] of classes) {
    await t.step(`${inputs.length} of tokens, ${where}`, async () => {
      assert.deepEqual(await faultsOf({ port: portOf(server), isBehindProxy: true }, inputs), []);
      await mustBeWell(server);
    });
  }
});

function portOf({ url }: RunningServer): number {
  return Number(new URL(url).port);
}

async function gone(server: RunningServer): Promise<void> {
  await server[Symbol.asyncDispose]();
}

async function idOf(api: Api, job: EndingInput["submission"], status: "succeeded" | "failed"): Promise<string> {
  const { id } = await api.submit(job);
  await api.waitFor(id, status);
  return id;
}

async function faultOfEnding(api: Api, { what, submission, ends }: EndingInput): Promise<string | null> {
  const { id } = await api.submit(submission);
  const { status, result, error } = await until(`the end of ${what}`, async () => {
    const job = await api.job(id);
    return job.finishedAt === null ? undefined : job;
  });
  const { accepted, rejected } = (result ?? {}) as { accepted?: number; rejected?: number };
  const isRight = "code" in ends
    ? error?.code === ends.code && (ends.message?.test(error.message) ?? true)
    : status === "succeeded" && accepted === ends.accepted && rejected === ends.rejected;
  return isRight ? null : `${what}: ${JSON.stringify({ status, accepted, rejected, error })}`;
}

/** Connections that stop in the middle of a request and stay as they are. */
async function connectSilently(port: number): Promise<Disposable> {
  const connections = await Promise.all(SILENT.map(async (text) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(text.replaceAll("{host}", `127.0.0.1:${port}`)));
    return connection;
  }));
  return { [Symbol.dispose]: () => connections.forEach((connection) => connection.close()) };
}

/** It has had no error of its own, and is ready. */
async function mustBeWell(server: RunningServer): Promise<void> {
  assert.deepEqual(server.logs().filter((line) => /"request failed"|"level":"error".*"routes/.test(line)), []);
  const response = await fetch(`${server.url}/health/ready`);
  assert.equal(response.status, 200, await response.text());
}
