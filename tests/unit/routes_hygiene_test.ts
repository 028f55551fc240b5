import assert from "node:assert/strict";
import { problemIn, setupApp } from "../support/test_app.ts";

const ada = { type: "greet", payload: { name: "Ada" } };

Deno.test("a body in another encoding than UTF-8 is answered 415, as JSON and as CSV", async () => {
  const { post, system } = setupApp();
  const answer = await post("/api/jobs", ada, { "Content-Type": "application/json; charset=latin1" });
  assert.equal(answer.headers.get("accept"), "application/json");
  await problemIn(answer, 415);
  await problemIn(
    await post("/api/jobs/import?dataset=d", "a\n1\n", { "Content-Type": "text/csv; charset=latin1" }),
    415,
  );
  await problemIn(await post("/api/jobs", ada, { "Content-Encoding": "gzip, identity" }), 415);
  assert.equal(system.jobs.size, 0);
});

Deno.test("a body without a type is answered 415, no body without a type 422", async () => {
  const { app, system } = setupApp();
  const send = (body: Uint8Array<ArrayBuffer>) =>
    app.request("http://127.0.0.1:8000/api/jobs", { method: "POST", body });
  await problemIn(await send(new TextEncoder().encode(JSON.stringify(ada))), 415);
  await problemIn(await send(new Uint8Array()), 422);
  assert.equal(system.jobs.size, 0);
});

Deno.test("what cannot be answered as Accept wants it is answered 406 before anything is done", async () => {
  const { post, get, system } = setupApp();
  for (const accept of ["text/csv", "application/*;q=0, text/html", "image/png"]) {
    const { detail } = await problemIn(await post("/api/jobs", ada, { Accept: accept }), 406);
    assert.match(detail, /application\/json/);
  }
  assert.equal(system.jobs.size, 0);
  await problemIn(await get("/api/jobs", { Accept: "text/event-stream" }), 406);
  await problemIn(await get("/api/notifications/stream", { Accept: "application/json" }), 406);
  assert.equal((await post("/api/jobs", ada, { Accept: "application/json, text/plain;q=0.5" })).status, 201);
  assert.equal((await get("/api/jobs", { Accept: "*/*;q=0.1" })).status, 200);
  assert.equal((await get("/health", { Accept: "text/html" })).status, 200);
});

Deno.test("HEAD is answered as GET without a body, refusals and streams too", async () => {
  const { send, submit, app } = setupApp();
  const id = await submit();
  const gettable = app.routes.filter(({ method, path }) => method === "GET" && !path.includes(":"));
  assert.ok(gettable.length > 10);
  for (
    const path of [...new Set(gettable.map(({ path }) => path)), `/api/jobs/${id}`, `/api/jobs/${id}/stream`, "/nope"]
  ) {
    const [head, get] = [await send("HEAD", path), await send("GET", path)];
    assert.deepEqual(
      [head.status, head.headers.get("content-type")],
      [get.status, get.headers.get("content-type")],
      path,
    );
    assert.equal(await head.text(), "", path);
    await get.body?.cancel();
  }
  assert.equal((await (await send("GET", "/health")).json()).streams, 0);
});

Deno.test("OPTIONS is answered 204 with Allow wherever there is something, without a word of who may", async () => {
  const { app, send } = setupApp();
  // What ends with a star answers that there is nothing.
  const something = app.routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"));
  for (const { path } of something) {
    const answer = await send("OPTIONS", path.replaceAll(/:[A-Za-z]+/g, "x"));
    assert.equal(answer.status, 204, path);
    assert.match(answer.headers.get("allow") ?? "", /OPTIONS/);
  }
});

Deno.test("a query string has 64 parameters at most, and says each thing once", async () => {
  const { get, errors } = setupApp();
  const many = (count: number) => `/api/actors/counter/main/count?${Array(count).fill("a=1").join("&")}`;
  assert.match((await problemIn(await get(many(65)), 422)).detail, /more than 64 parameters/);
  const twice = await problemIn(await get(many(2)), 422);
  assert.deepEqual(twice.errors, [{ pointer: "/a", detail: "must be given once" }]);
  for (
    const query of ["tenant=acme&tenant=beta", "limit=1&limit=2", "cursor=a&cursor=b", "__proto__=1", "%5F_proto__"]
  ) {
    const { errors } = await problemIn(await get(`/api/jobs?${query}`), 422);
    assert.equal(errors?.length, 1, query);
  }
  assert.equal((await get("/api/jobs?status=queued&status=running")).status, 200);
  assert.deepEqual(errors, []);
});
