import assert from "node:assert/strict";
import { registry } from "../support/registry/keeping_registry.ts";
import { serveApp, type ServedApp } from "../support/served_app.ts";

const REGISTRY_URL = new URL("../support/registry/keeping_registry.ts", import.meta.url).href;

function serveKeeper(): Promise<ServedApp> {
  return serveApp({ kinds: { registry, registryUrl: REGISTRY_URL } });
}

async function keep(
  { url }: ServedApp,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<[status: number, problem: string]> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/api/actors/keeper/main/keep`, { method: "POST", headers, body });
  return [response.status, await response.text()];
}

async function kept({ url, node }: ServedApp): Promise<string> {
  await node.quiet();
  const { state } = JSON.parse(await (await fetch(`${url}/api/actors/keeper/main`)).text());
  return JSON.stringify(state.kept);
}

function prototypesOf(): string {
  const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
  return JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)));
}

Deno.test("names of prototypes are kept and given back as data, __proto__ is refused, and no prototype changes", async () => {
  await using served = await serveKeeper();
  const before = prototypesOf();
  const data = '{"constructor":{"prototype":{"a":1}},"prototype":{},"toString":1,"hasOwnProperty":[],"valueOf":null}';
  assert.equal((await keep(served, `{"value":${data}}`))[0], 202);
  assert.equal(await kept(served), data);
  for (const name of ["__proto__", "\\u005f\\u005fproto__"]) {
    const [status, problem] = await keep(served, `{"value":{"a":[{"${name}":{"polluted":true}}]}}`);
    assert.equal(status, 422);
    assert.equal(JSON.parse(problem).errors[0].pointer, "/value/a/0/__proto__");
  }
  assert.equal(await kept(served), data);
  assert.equal(prototypesOf(), before);
  assert.deepEqual(served.errors, []);
});

Deno.test("what is kept is what was sent, or it is refused: names twice, endless numbers, half characters", async () => {
  await using served = await serveKeeper();
  const whole = '{"value":["\\ud83d\\ude00","é",-0.5,1e300,{"a":{},"b":[]}]}';
  assert.equal((await keep(served, whole))[0], 202);
  const before = await kept(served);
  assert.equal(before, JSON.stringify(JSON.parse(whole).value));
  const refused: readonly (readonly [body: string, status: number, pointer: string])[] = [
    ['{"value":1,"value":2}', 400, "/value"],
    ['{"value":{"a":1,"\\u0061":2}}', 400, "/value/a"],
    ['{"value":1e999}', 422, "/value"],
    ['{"value":["\\ud83d"]}', 422, "/value/0"],
  ];
  for (const [body, status, pointer] of refused) {
    const [answered, problem] = await keep(served, body);
    assert.deepEqual([answered, JSON.parse(problem).errors[0].pointer], [status, pointer], body);
  }
  const [status, problem] = await keep(served, new Uint8Array([...new TextEncoder().encode('{"value":"'), 0xc3, 0x28]));
  assert.deepEqual([status, JSON.parse(problem).detail], [400, "The body is not UTF-8"]);
  assert.equal(await kept(served), before);
});

Deno.test("a body may hold 10,000 values and an object of it 1,000 properties; a batch may hold more", async () => {
  await using served = await serveKeeper();
  const items = (count: number) => `{"value":[${Array(count).fill("0").join(",")}]}`;
  assert.equal((await keep(served, items(9_990)))[0], 202);
  assert.deepEqual((await keep(served, items(10_000)))[0], 413);
  const object = (count: number) => `{"value":{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join(",")}}}`;
  assert.equal((await keep(served, object(1_000)))[0], 202);
  assert.equal((await keep(served, object(1_001)))[0], 413);
  const headers = { "Content-Type": "application/json" };
  const jobs = `[${Array(10).fill(`{"type":"keeper","payload":${items(9_000)}}`).join(",")}]`;
  const batch = await fetch(`${served.url}/api/jobs/batch`, { method: "POST", headers, body: jobs });
  assert.equal(batch.status, 422, "it is looked at, job by job");
  await batch.body?.cancel();
});
