import assert from "node:assert/strict";
import { type Asking, setupDedupe } from "../support/dedupe_rig.ts";
import { setupApp } from "../support/test_app.ts";

const MARK = "x-deduplicated";

Deno.test("five identical reads at once are one execution, and four are told so (S4-31, S4-32)", async () => {
  const rig = setupDedupe();
  const asked = await Promise.all(Array.from({ length: 5 }, () => rig.ask()));
  assert.equal(rig.runs, 1);
  rig.end(Response.json({ is: "there" }, { headers: { Link: "</next>" } }));
  const responses = await Promise.all(asked.map(({ answer }) => answer));
  assert.deepEqual(responses.map(({ headers }) => headers.get(MARK)), [null, "true", "true", "true", "true"]);
  for (const [index, response] of responses.entries()) {
    assert.deepEqual([response.status, await response.json()], [200, { is: "there" }]);
    assert.deepEqual([response.headers.get("link"), response.headers.get("content-type")], [
      "</next>",
      "application/json",
    ]);
    assert.equal(response.headers.get("x-request-id"), String(index + 1));
  }
});

Deno.test("an answer is given again for its window, and no longer (S4-33)", async () => {
  const rig = setupDedupe();
  assert.equal((await rig.once()).ran, true);
  rig.clock.advance(29_999);
  const { ran, response } = await rig.once();
  assert.deepEqual([ran, response.headers.get(MARK), await response.json()], [false, "true", { run: 1 }]);
  rig.clock.advance(1);
  assert.equal((await rig.once()).ran, true);
});

Deno.test("a commit of the tenant ends the window, as does one that may be of all (S4-33)", async () => {
  const rig = setupDedupe();
  await rig.once();
  rig.committed("beta");
  assert.equal((await rig.once()).ran, false);
  rig.committed("acme");
  assert.equal((await rig.once()).ran, true);
  rig.committed(null);
  assert.equal((await rig.once()).ran, true);
});

Deno.test("who asks after a commit is not given what was begun before it (S4-33)", async () => {
  const rig = setupDedupe();
  const early = await rig.ask();
  rig.committed("acme");
  const late = await rig.ask();
  assert.equal(rig.runs, 2);
  rig.end(Response.json("before"));
  assert.equal(await (await early.answer).json(), "before");
  rig.end(Response.json("after"));
  assert.equal(await (await late.answer).json(), "after");
  const { ran, response } = await rig.once();
  assert.deepEqual([ran, await response.json()], [false, "after"]);
});

Deno.test("an identical change within 5 s is made once, its own commit notwithstanding (S4-34)", async () => {
  const rig = setupDedupe();
  const put: Asking = { method: "PUT", body: '{"size":1}' };
  const [first, twin] = [await rig.ask(put), await rig.ask(put)];
  rig.committed("acme");
  const third = await rig.ask(put);
  assert.equal(rig.runs, 1);
  rig.end(Response.json({ size: 1 }));
  const marks = await Promise.all([first, twin, third].map(async ({ answer }) => (await answer).headers.get(MARK)));
  assert.deepEqual(marks, [null, "true", "true"]);
  rig.clock.advance(4_999);
  assert.equal((await rig.once(put)).ran, false);
  rig.clock.advance(1);
  assert.equal((await rig.once(put)).ran, true);
});

Deno.test("a change is made again once anything else has changed (S4-34)", async () => {
  const rig = setupDedupe();
  const one: Asking = { method: "PUT", body: "1" };
  const two: Asking = { method: "PUT", body: "2" };
  await rig.once(one);
  rig.committed("acme");
  assert.equal((await rig.once(one)).ran, true);
  assert.equal((await rig.once(two)).ran, true);
  assert.equal((await rig.once(one)).ran, true);

  const underWay = [await rig.ask(two), await rig.ask(one), await rig.ask(two)];
  assert.equal(rig.runs, 7);
  for (const { answer } of underWay) {
    rig.end(Response.json(null));
    assert.equal((await answer).headers.get(MARK), null);
  }
});

const OTHERS: readonly (readonly [what: string, one: Asking, other: Asking])[] = [
  ["of another tenant", {}, { tenant: "beta" }],
  ["of another role", {}, { role: "admin" }],
  ["of another path", {}, { path: "/things/2" }],
  ["with another query", { path: "/things/1?a=1" }, { path: "/things/1?a=2" }],
  ["of another method", {}, { method: "PUT" }],
  ["that accepts other types", {}, { headers: { Accept: "text/csv" } }],
  ["with another body", { method: "PUT", body: "1" }, { method: "PUT", body: "2" }],
  ["of another subject that changes something", { method: "PUT" }, { method: "PUT", subject: "bob" }],
  ["for the head alone", {}, { method: "HEAD" }],
  ["with an Idempotency-Key", { method: "PUT" }, { method: "PUT", headers: { "Idempotency-Key": "k" } }],
  ["with a condition", {}, { headers: { "If-None-Match": '"1"' } }],
  ["for a range", {}, { headers: { Range: "bytes=0-1" } }],
  ["that insists on a fresh one", {}, { headers: { "Cache-Control": "no-cache" } }],
];

for (const [what, one, other] of OTHERS) {
  Deno.test(`a request ${what} is not given the answer (S4-35)`, async () => {
    const rig = setupDedupe();
    const [first, second] = [await rig.ask(one), await rig.ask(other)];
    assert.equal(rig.runs, 2);
    rig.end(Response.json(1));
    rig.end(Response.json(2));
    assert.equal((await first.answer).headers.get(MARK), null);
    assert.equal((await second.answer).headers.get(MARK), null);
  });
}

Deno.test("a read of another subject of the same role is given the answer (S4-35)", async () => {
  const rig = setupDedupe();
  await rig.once();
  assert.equal((await rig.once({ subject: "bob" })).ran, false);
});

Deno.test("what fails fails for all who wait, and the next one runs (S4-31)", async () => {
  const rig = setupDedupe();
  const thrown = [await rig.ask(), await rig.ask()];
  rig.end(new Error("the disk is gone"));
  for (const { answer } of thrown) {
    const response = await answer;
    assert.deepEqual([response.status, await response.text()], [503, "the disk is gone"]);
  }
  const answered = [await rig.ask(), await rig.ask()];
  rig.end(Response.json({ status: 500 }, { status: 500 }));
  for (const { answer } of answered) assert.equal((await answer).status, 500);
  assert.equal((await rig.once()).ran, true);
  assert.equal(rig.runs, 3);
});

const ITS_OWN: readonly (readonly [what: string, make: () => Response])[] = [
  ["a stream", () => new Response(ReadableStream.from(["a"]).pipeThrough(new TextEncoderStream()))],
  ["one with a cookie", () => Response.json("a", { headers: { "Set-Cookie": "id=1" } })],
];

for (const [what, make] of ITS_OWN) {
  Deno.test(`${what} is the leader's alone, and the others run for themselves (S4-35)`, async () => {
    const rig = setupDedupe();
    const asked = [await rig.ask(), await rig.ask()];
    const its = make();
    rig.end(its);
    assert.match(await (await asked[0]!.answer).text(), /a/);
    assert.equal(rig.runs, 2);
    rig.end(make());
    assert.equal((await asked[1]!.answer).headers.get(MARK), null);
  });
}

Deno.test("an answer without a body, and one too large to be kept, are shared all the same (S4-31)", async () => {
  const rig = setupDedupe();
  const empty = [await rig.ask(), await rig.ask()];
  rig.end(new Response(null, { status: 204 }));
  for (const { answer } of empty) assert.equal((await answer).status, 204);
  assert.equal((await rig.once()).ran, false);

  rig.committed("acme");
  const large = [await rig.ask(), await rig.ask()];
  rig.end(Response.json("x".repeat(256 * 1024)));
  for (const { answer } of large) assert.equal((await (await answer).json()).length, 256 * 1024);
  assert.equal((await rig.once()).ran, true);
});

Deno.test("the lists of jobs, dead letters and actors declare it, and the OpenAPI document says so (S4-33)", async () => {
  const { get } = setupApp();
  const { paths } = await (await get("/openapi.json")).json();
  const windows = Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) =>
    Object.values(methods).filter((operation) => operation["x-dedupe-ms"] !== undefined)
      .map(({ responses, ...more }) => {
        assert.ok(responses[200]?.headers?.["X-Deduplicated"], path);
        assert.equal("dedupe" in more, false);
        return [path, more["x-dedupe-ms"]];
      })
  );
  assert.deepEqual(windows, [
    ["/api/jobs", 30_000],
    ["/api/batches", 1_000],
    ["/api/dead-letters", 30_000],
    ["/api/actors", 1_000],
    ["/api/schedules", 1_000],
    ["/api/subscriptions", 1_000],
    ["/api/streams", 1_000],
    ["/api/parcels", 30_000],
    ["/api/parcels/counts", 1_000],
    ["/api/parcels/{id}", 30_000],
    ["/api/parcels/{id}/history", 30_000],
    ["/api/employee-uploads", 30_000],
    ["/api/employee-uploads/{id}", 30_000],
    ["/api/employee-uploads/{id}/rejected", 30_000],
    ["/api/employees", 30_000],
    ["/api/employees/{number}", 30_000],
    ["/api/transactions", 30_000],
    ["/api/transactions/totals", 1_000],
    ["/api/customers", 30_000],
    ["/api/customers/{id}", 5_000],
    ["/api/customers/{id}", 5_000],
    ["/api/customer-actions", 1_000],
    ["/api/customer-actions/{id}", 1_000],
    ["/api/orders", 1_000],
    ["/api/orders/{requestId}", 1_000],
  ]);
});

interface Operation {
  readonly "x-dedupe-ms"?: number;
  readonly responses: Readonly<Record<number, { readonly headers?: Readonly<Record<string, unknown>> }>>;
}

Deno.test("who has submitted a job reads it in the list at once (S4-33)", async () => {
  const { get, submit, clock } = setupApp();
  const ids = async () => (await (await get("/api/jobs")).json()).items.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids(), []);
  for (let count = 1; count <= 5; count++) {
    const id = await submit();
    const listed = await ids();
    assert.deepEqual([listed[0], listed.length], [id, count]);
    clock.advance(1);
  }
  assert.equal((await get("/api/jobs")).headers.get(MARK), "true");
});
