import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { setupApp, type TestApp } from "../support/test_app.ts";

/** Whatever comes in is answered below 500, every refusal as a problem, and the server is there afterwards. */
async function mustBearWith({ errors, get }: TestApp, response: Response): Promise<void> {
  const text = await response.text();
  assert.ok(response.status < 500, `${response.status} ${text}`);
  if (response.status >= 400) assert.equal(response.headers.get("content-type"), "application/problem+json", text);
  assert.doesNotMatch(text, /\/routes\/|\bat [A-Za-z.]+ \(|SELECT /);
  assert.deepEqual(errors, []);
  assert.equal((await get("/health")).status, 200);
}

const path = fc.constantFrom(
  "/api/jobs",
  "/api/jobs/batch",
  "/api/actors/counter/main/add",
  "/api/jobs/01JD9ZK5T3M6X8QV2N4B7C1RSW/cancel",
  "/api/dead-letters/01JD9ZK5T3M6X8QV2N4B7C1RSW/retry",
  "/api/actors/counter/main/resume",
  "/api/kinds/greet/pause",
);

const jsonValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.record({
    type: fc.constantFrom("greet", "import", "x"),
    payload: fc.jsonValue(),
    dedupeKey: fc.string({ unit: "binary" }),
  }),
  fc.record({
    jobs: fc.array(fc.record({ type: fc.constantFrom("greet", ""), payload: fc.jsonValue(), runAt: fc.string() })),
  }),
);

Deno.test("no JSON body brings the server down", async () => {
  const testApp = setupApp();
  await fc.assert(
    fc.asyncProperty(path, jsonValue, async (at, body) => {
      await mustBearWith(testApp, await testApp.post(at, JSON.stringify(body), { "Content-Type": "application/json" }));
    }),
    { numRuns: 500 },
  );
});

Deno.test("no bytes in a body bring the server down", async () => {
  const testApp = setupApp();
  const types = fc.constantFrom(
    "application/json",
    "text/csv",
    "application/x-ndjson",
    "application/problem+json",
    ";",
    "a/b",
  );
  const anyPath = fc.oneof(path, fc.constant("/api/jobs/import?dataset=d&key=k"));
  await fc.assert(
    fc.asyncProperty(anyPath, types, fc.uint8Array({ maxLength: 200 }), async (at, type, body) => {
      await mustBearWith(testApp, await testApp.post(at, body, { "Content-Type": type }));
    }),
    { numRuns: 500 },
  );
});

Deno.test("no path, query or header brings the server down", async () => {
  const testApp = setupApp();
  const word = fc.oneof(
    fc.webSegment(),
    fc.constantFrom(
      "api",
      "v1",
      "jobs",
      "actors",
      "counter",
      "kinds",
      "dead-letters",
      "resume",
      "docs",
      "..",
      "%00",
      "%",
      "__proto__",
      "constructor",
    ),
  );
  const query = fc.oneof(
    fc.webQueryParameters(),
    fc.dictionary(
      fc.constantFrom("status", "kind", "limit", "cursor", "tenant", "format", "topics", "lastEventId"),
      fc.webSegment(),
    )
      .map((parts) => new URLSearchParams(parts).toString()),
  );
  const header = fc.constantFrom(
    "X-Tenant",
    "Last-Event-ID",
    "Idempotency-Key",
    "Host",
    "Origin",
    "X-Request-Id",
    "Range",
  );
  const text = fc.string({ unit: fc.constantFrom(..." !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~aZ09é") });
  const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH");
  await fc.assert(
    fc.asyncProperty(method, fc.array(word), query, header, text, async (method, words, query, header, value) => {
      const response = await testApp.send(method, `/${words.join("/")}?${query}`, { headers: { [header]: value } });
      if (response.headers.get("content-type") === "text/event-stream") return await response.body?.cancel();
      if (method === "HEAD" || method === "OPTIONS") assert.ok(response.status < 500);
      else await mustBearWith(testApp, response);
    }),
    { numRuns: 1_000 },
  );
});
