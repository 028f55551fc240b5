import assert from "node:assert/strict";
import { z } from "zod";
import { defineActor, defineUpstream, RuntimeError, testActor, type UserFetchInit } from "../../runtime/authoring.ts";
import type { FetchCall } from "../../runtime/actor/outcome.ts";
import { rigTurn } from "../support/turn_rig.ts";

const ups = defineUpstream({ name: "ups", baseUrl: "https://ups.example/api" });
const other = defineUpstream({ name: "other", baseUrl: "https://other.example" });

const caller = defineActor({
  kind: "caller",
  state: z.object({}),
  initial: {},
  messages: {
    track: z.object({ init: z.unknown().optional() }),
    stray: z.object({}),
    post: z.object({ url: z.string() }),
    read: z.object({}),
  },
  upstreams: [ups],
  userAddresses: true,
  on: {
    async track(_, { init }, ctx) {
      const { status, ok, headers, text } = await ctx.fetch(ups, "/1Z", init as UserFetchInit);
      return { status, ok, headers, text };
    },
    stray: async (_, _payload, ctx) => (await ctx.fetch(other, "/")).status,
    post: async (_, { url }, ctx) => (await ctx.fetchUrl(url, { method: "POST", body: "b" })).status,
    read: async (_, _payload, ctx) => (await ctx.fetch(ups, "/1Z")).json(z.strictObject({ place: z.string() })),
  },
});
const plain = defineActor({
  kind: "plain",
  state: z.object({}),
  initial: {},
  messages: { post: z.object({}) },
  on: { post: async (_, _payload, ctx) => (await ctx.fetchUrl("https://a.example/")).status },
});

Deno.test("ctx.fetch() asks for the call and answers with what came", async () => {
  const calls: FetchCall[] = [];
  const turn = await testActor(caller).answeringFetch((call) => {
    calls.push(call);
    return { status: 404, headers: { "x-a": "b" }, body: { no: 1 } };
  }).when("track", { init: { headers: { Accept: "json" }, timeoutMs: 9 } });
  assert.deepEqual(turn.result, { status: 404, ok: false, headers: { "x-a": "b" }, text: '{"no":1}' });
  assert.deepEqual(calls, [{
    upstream: "ups",
    url: "/1Z",
    baseUrl: null,
    idempotent: true,
    expects: "anything",
    method: "GET",
    headers: { accept: "json" },
    body: null,
    timeoutMs: 9,
    redirect: "follow",
    webhookId: null,
  }]);
});

Deno.test("ctx.fetch() calls no upstream that the kind does not name, and ctx.fetchUrl() none at all without userAddresses", async () => {
  const answering = { error: "not-permitted" };
  const stray = await testActor(caller).answeringFetch(() => ({})).when("stray", {});
  const unasked = await testActor(plain).answeringFetch(() => ({})).when("post", {});
  assert.deepEqual([stray, unasked].map(({ error }) => ({ error: error?.code })), [answering, answering]);
});

Deno.test("ctx.fetchUrl() asks for an address as it is", async () => {
  const turn = await testActor(caller).answeringFetch(({ upstream, url, method, body }) => {
    assert.deepEqual([upstream, url, method, body], [null, "https://a.example/x", "POST", "b"]);
    return { status: 202 };
  }).when("post", { url: "https://a.example/x" });
  assert.equal(turn.result, 202);
});

Deno.test("json() gives what fits the schema, and fails as upstream-failed for anything else", async () => {
  const read = (body: unknown) => testActor(caller).answeringFetch(() => ({ body })).when("read", {});
  assert.deepEqual((await read({ place: "Bonn" })).result, { place: "Bonn" });
  for (const body of ["<html>", "", { place: 7 }, { place: "Bonn", more: 1 }, "null"]) {
    const { error } = await read(body);
    assert.deepEqual([error?.code, error?.retryable], ["upstream-failed", true], JSON.stringify(body));
  }
});

Deno.test("testActor() throws in the handler what answeringFetch() throws", async () => {
  const { error } = await testActor(caller).answeringFetch(() => {
    throw new RuntimeError("upstream-failed", "down", { retryable: true });
  }).when("track", {});
  assert.deepEqual([error?.code, error?.message], ["upstream-failed", "down"]);
});

Deno.test("ctx.fetch() is refused when the turn is over", async () => {
  let late: Promise<unknown> | undefined;
  const forgetful = defineActor({
    kind: "forgetful",
    state: z.object({}),
    initial: {},
    messages: { go: z.object({}) },
    upstreams: [ups],
    on: {
      go(_, _payload, ctx) {
        late = Promise.resolve().then(() => Promise.resolve()).then(() => ctx.fetch(ups, "/"));
        late.catch(() => {});
      },
    },
  });
  await rigTurn(forgetful, "go").run();
  await assert.rejects(late!, { code: "conflict" });
});
