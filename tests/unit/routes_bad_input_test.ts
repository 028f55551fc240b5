import assert from "node:assert/strict";
import { ORIGIN, problemIn, setupApp } from "../support/test_app.ts";

const ada = { type: "greet", payload: { name: "Ada" } };
const JSON_TYPE = { "Content-Type": "application/json" };

const UNPARSABLE: readonly (readonly [what: string, body: string | Uint8Array])[] = [
  ["an empty object's half", "{"],
  ["a word", "nope"],
  ["two values", "{}{}"],
  ["a trailing comma", '{"type":"greet",}'],
  ["NaN", '{"type":NaN}'],
  ["bytes that are no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ["arrays in arrays in arrays", "[".repeat(500_000)],
  ["objects in objects", '{"a":'.repeat(100) + "1" + "}".repeat(100)],
];

for (const [what, body] of UNPARSABLE) {
  Deno.test(`a body of ${what} is answered 400`, async () => {
    const { post, errors } = setupApp();
    await problemIn(await post("/api/jobs", body, JSON_TYPE), 400);
    await problemIn(await post("/api/actors/counter/main/add", body, JSON_TYPE), 400);
    assert.deepEqual(errors, []);
  });
}

Deno.test("an empty body where one is needed is answered 422, and a byte order mark is passed over", async () => {
  const { post } = setupApp();
  await problemIn(await post("/api/jobs", "", JSON_TYPE), 422);
  assert.equal((await post("/api/jobs", `\ufeff${JSON.stringify(ada)}`, JSON_TYPE)).status, 201);
});

Deno.test("a __proto__ in a body is an unknown property like any other", async () => {
  const { post } = setupApp();
  await problemIn(
    await post("/api/jobs", '{"type":"greet","payload":{"name":"Ada"},"__proto__":{"a":1}}', JSON_TYPE),
    422,
  );
  await problemIn(await post("/api/jobs", '{"type":"greet","payload":{"name":"Ada","__proto__":{}}}', JSON_TYPE), 422);
});

Deno.test("bodies of other media types are answered 415", async () => {
  const { post } = setupApp();
  for (
    const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonx",
      "multipart/form-data; boundary=x",
    ]
  ) {
    await problemIn(await post("/api/jobs", JSON.stringify(ada), { "Content-Type": type }), 415);
  }
  await problemIn(await post("/api/jobs", JSON.stringify(ada), { "Content-Encoding": "gzip" }), 415);
  assert.equal(
    (await post("/api/jobs", JSON.stringify(ada), { "Content-Type": "application/json; charset=utf-8" })).status,
    201,
  );
});

Deno.test("bodies beyond their limit are answered 413, announced or counted", async () => {
  const { post } = setupApp();
  const large = JSON.stringify({ type: "greet", payload: { name: "x".repeat(1024 * 1024) } });
  const counted = ReadableStream.from([new TextEncoder().encode(large)]);
  for (
    const [body, headers] of [[counted, JSON_TYPE], [large, { ...JSON_TYPE, "Content-Length": `${large.length}` }]]
  ) {
    const { detail } = await problemIn(await post("/api/jobs", body, headers as Record<string, string>), 413);
    assert.match(detail, /^The body is larger than the 1048576 bytes/);
  }
  await problemIn(await post("/api/jobs/batch", large, JSON_TYPE), 422);
});

Deno.test("a body that does not arrive within 30 s is answered 408, one that breaks off 400", async () => {
  const { post, clock } = setupApp();
  const asked = Promise.withResolvers<void>();
  const silent = new ReadableStream({ pull: () => (asked.resolve(), new Promise<void>(() => {})) }, {
    highWaterMark: 0,
  });
  const response = post("/api/jobs", silent, JSON_TYPE);
  await asked.promise;
  clock.advance(30_000);
  await problemIn(await response, 408);
  assert.equal(clock.armed, 0);
  const broken = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) }, { highWaterMark: 0 });
  await problemIn(await post("/api/jobs", broken, JSON_TYPE), 400);
});

Deno.test("only names of this machine with the server's port are answered", async () => {
  const { send } = setupApp();
  for (const host of ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000", "127.9.9.9:8000"]) {
    assert.equal((await send("GET", "/health", { headers: { Host: host } })).status, 200, host);
  }
  for (
    const host of ["evil.example:8000", "localhost", "localhost:80", "127.0.0.1.evil.example:8000", "10.0.0.1:8000"]
  ) {
    await problemIn(await send("GET", "/health", { headers: { Host: host } }), 403);
  }
  for (const host of ["a b", "localhost:port", "a@b", ""]) {
    await problemIn(await send("GET", "/health", { headers: { Host: host } }), 400);
  }
});

Deno.test("a page of another origin may read nothing and change nothing", async () => {
  const { post, send, system } = setupApp();
  for (const origin of ["http://evil.example", "null", "http://127.0.0.1:9000", "https://127.0.0.1:8000"]) {
    await problemIn(await post("/api/jobs", ada, { Origin: origin }), 403);
    const read = await send("GET", "/api/jobs", { headers: { Origin: origin } });
    assert.equal(read.headers.get("access-control-allow-origin"), null);
  }
  assert.equal(system.jobs.size, 0);
  assert.equal((await post("/api/jobs", ada, { Origin: ORIGIN })).status, 201);
});

Deno.test("a tenant that cannot be one is answered 422", async () => {
  const { get } = setupApp();
  for (const tenant of ["ACME", "a/b", "-a", "x".repeat(64), "%00"]) {
    await problemIn(await get(`/api/jobs?tenant=${tenant}`), 422);
  }
  await problemIn(await get("/api/jobs", { "X-Tenant": "a b" }), 422);
});

Deno.test("an unknown address is answered 404, a known one under another method 405 with Allow", async () => {
  const { get, send, errors } = setupApp();
  for (const path of ["/nope", "/api", "/api/nope", "/api/jobs/", "/api/v2/jobs", "//", "/api/jobs/%2e%2e/x/y/z"]) {
    await problemIn(await get(path), 404);
  }
  const allowed = [
    ["DELETE", "/api/jobs", "GET, HEAD, OPTIONS, POST"],
    ["PUT", "/api/v1/jobs", "GET, HEAD, OPTIONS, POST"],
    ["GET", "/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW/cancel", "OPTIONS, POST"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["PROPFIND", "/api/actors/counter/main/add", "GET, HEAD, OPTIONS, POST"],
  ] as const;
  for (const [method, path, allow] of allowed) {
    const response = await send(method, path);
    assert.equal(response.headers.get("allow"), allow);
    await problemIn(response, 405);
  }
  assert.deepEqual(errors, []);
});

Deno.test("OPTIONS answers 204 with Allow, HEAD like GET without a body", async () => {
  const { send } = setupApp();
  const options = await send("OPTIONS", "/api/jobs");
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, HEAD, OPTIONS, POST");
  const head = await send("HEAD", "/api/jobs");
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

Deno.test("a URL of more than 8,192 characters is answered 414", async () => {
  const { get } = setupApp();
  await problemIn(await get(`/api/jobs?type=${"x".repeat(9_000)}`), 414);
});

Deno.test("every answer bears the strict headers and a request id", async () => {
  const { get, post } = setupApp();
  const answers = [
    await get("/health"),
    await get("/nope"),
    await post("/api/jobs", ada),
    await post("/api/jobs", "{", JSON_TYPE),
  ];
  for (const { headers } of answers) {
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.match(headers.get("content-security-policy")!, /default-src 'self'/);
    assert.match(headers.get("x-request-id")!, /^[0-9A-Z]{26}$/);
  }
  const given = await get("/health", { "X-Request-Id": "trace-1" });
  assert.equal(given.headers.get("x-request-id"), "trace-1");
  const forged = await get("/health", { "X-Request-Id": 'x" y' });
  assert.match(forged.headers.get("x-request-id")!, /^[0-9A-Z]{26}$/);
});
