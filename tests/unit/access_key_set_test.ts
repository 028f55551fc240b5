import assert from "node:assert/strict";
import { type CryptoKey, exportJWK, generateKeyPair, type GenerateKeyPairResult } from "jose";
import { FakeClock } from "../support/fake_clock.ts";
import { problemIn, setupApp, START } from "../support/test_app.ts";
import { bearer, keySetAuthentication, signToken, type TokenParts } from "../support/tokens.ts";

/** A server of keys that answers as it is told, and the app that trusts it. */
async function setup() {
  const clock = new FakeClock(START);
  const asked: Promise<Response>[] = [];
  const troubles: unknown[] = [];
  let answer: (signal: AbortSignal) => Promise<Response> = () => Promise.resolve(Response.json({ keys: [] }));
  const authentication = await keySetAuthentication(clock, {
    fetch: (url, init) => {
      assert.deepEqual([String(url), init?.redirect], ["https://id.example/keys", "error"]);
      const answered = answer(init!.signal!);
      asked.push(answered);
      return answered;
    },
    onKeysMissing: (error) => troubles.push(error),
  });
  const { send, errors } = setupApp({ clock, authentication });
  return {
    clock,
    asked,
    troubles,
    errors,
    serve: (...keys: readonly object[]) => void (answer = () => Promise.resolve(Response.json({ keys }))),
    answerWith: (next: typeof answer) => void (answer = next),
    read: async (parts: TokenParts, from = "198.51.100.1") =>
      await send("GET", "/api/jobs", { from, headers: bearer(await signToken(clock, parts)) }),
  };
}

interface Pair extends GenerateKeyPairResult {
  readonly jwk: object;
  readonly parts: TokenParts & { readonly key: CryptoKey };
}

async function pairOf(alg: string, kid: string): Promise<Pair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...await exportJWK(pair.publicKey), kid, alg, use: "sig" };
  return { ...pair, jwk, parts: { key: pair.privateKey, head: { alg, kid } } };
}

for (const alg of ["RS256", "ES256", "EdDSA"]) {
  Deno.test(`a token signed with ${alg} and a key of AUTH_JWKS_URL holds, another's does not`, async () => {
    const { serve, read, asked } = await setup();
    const [own, other] = [await pairOf(alg, "own"), await pairOf(alg, "own")];
    serve(own.jwk);
    assert.equal((await read(own.parts)).status, 200);
    await problemIn(await read(other.parts), 401);
    assert.equal(asked.length, 1);
  });
}

Deno.test("with AUTH_JWKS_URL no token holds that is signed with a secret, even with a key as the secret", async () => {
  const { serve, read, asked } = await setup();
  const { jwk, publicKey } = await pairOf("RS256", "a");
  const secret = new TextEncoder().encode(JSON.stringify(jwk));
  serve(jwk, { kty: "oct", kid: "b", alg: "HS256", k: secret.toBase64({ alphabet: "base64url" }) });
  await problemIn(await read({ key: secret, head: { kid: "a" } }), 401);
  await problemIn(await read({ key: secret, head: { kid: "b" } }), 401);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  await problemIn(await read({ key: spki }), 401);
  for (const alg of ["RS512", "PS256"]) {
    const pair = await pairOf(alg, "a");
    await problemIn(await read(pair.parts), 401);
  }
  assert.equal(asked.length, 0);
});

Deno.test("a new key comes in when a token names it, and invented names ask at most once in 30 s", async () => {
  const { serve, read, asked, clock } = await setup();
  const [first, second] = [await pairOf("ES256", "first"), await pairOf("ES256", "second")];
  serve(first.jwk);
  assert.equal((await read(first.parts)).status, 200);
  serve(second.jwk);
  await problemIn(await read(second.parts), 401);
  clock.advance(29_999);
  await problemIn(await read(second.parts), 401);
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.equal((await read(second.parts)).status, 200);
  for (let index = 0; index < 20; index++) {
    const invented = { ...first.parts, head: { alg: "ES256", kid: `invented-${index}` } };
    await problemIn(await read(invented, `203.0.113.${index}`), 401);
  }
  assert.equal(asked.length, 2);
});

Deno.test("a key that was taken back lets nobody in after ten minutes and one request", async () => {
  const { serve, read, asked, clock } = await setup();
  const [first, second] = [await pairOf("ES256", "first"), await pairOf("ES256", "second")];
  serve(first.jwk);
  assert.equal((await read(first.parts)).status, 200);
  serve(second.jwk);
  clock.advance(600_000);
  assert.equal((await read(first.parts)).status, 200);
  assert.equal(asked.length, 2);
  // Who needs an unknown key waits for the set that is on its way.
  await problemIn(await read({ ...first.parts, head: { alg: "ES256", kid: "third" } }), 401);
  clock.advance(60_000);
  await problemIn(await read(first.parts), 401);
});

Deno.test("many tokens at once have the keys fetched once", async () => {
  const { serve, read, asked } = await setup();
  const { jwk, parts } = await pairOf("ES256", "a");
  serve(jwk);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => read({ ...parts, claims: { sub: `ann-${index}` } })),
  );
  assert.deepEqual([new Set(answers.map(({ status }) => status)), asked.length], [new Set([200]), 1]);
});

Deno.test("while the keys cannot be had, nobody waits for more than 5 s, and the answer is 503 with Retry-After", async () => {
  const { serve, answerWith, read, asked, clock, troubles, errors } = await setup();
  const { jwk, parts } = await pairOf("ES256", "a");
  const begun = Promise.withResolvers<void>();
  let aborted = false;
  answerWith((signal) => {
    signal.addEventListener("abort", () => void (aborted = true));
    begun.resolve();
    return new Promise(() => {});
  });
  const waiting = read(parts);
  await begun.promise;
  clock.advance(5_000);
  const refused = await waiting;
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  await problemIn(refused, 503);
  assert.deepEqual([aborted, clock.armed], [true, 0]);
  // Not asked again at once.
  serve(jwk);
  await problemIn(await read(parts), 503);
  assert.equal(asked.length, 1);
  clock.advance(2_000);
  assert.equal((await read(parts)).status, 200);
  assert.equal(troubles.length, 1);
  assert.deepEqual(errors, []);
});

const BAD_ANSWERS: Readonly<Record<string, () => Promise<Response>>> = {
  "is refused": () => Promise.reject(new TypeError("connection refused")),
  "is an error": () => Promise.resolve(new Response("no", { status: 500 })),
  "is no JSON": () => Promise.resolve(new Response("<html>")),
  "is no key set": () => Promise.resolve(Response.json({ keys: "none" })),
  "has no end": () => Promise.resolve(new Response(`{"keys":[${" ".repeat(300 * 1024)}]}`)),
};

for (const [what, answer] of Object.entries(BAD_ANSWERS)) {
  Deno.test(`known keys serve for a day when the answer of AUTH_JWKS_URL ${what}`, async () => {
    const { serve, answerWith, read, clock, asked, troubles } = await setup();
    const { jwk, parts } = await pairOf("ES256", "a");
    const unknown = { ...parts, head: { alg: "ES256", kid: "unknown" } };
    serve(jwk);
    assert.equal((await read(parts)).status, 200);
    answerWith(answer);
    clock.advance(24 * 3_600_000 - 1);
    assert.equal((await read(parts)).status, 200);
    await problemIn(await read(unknown), 503);
    clock.advance(1);
    await problemIn(await read(parts), 503);
    clock.advance(60_000);
    serve(jwk);
    assert.equal((await read(parts)).status, 200);
    await problemIn(await read(unknown), 401);
    assert.ok(troubles.length > 0 && asked.length > troubles.length);
  });
}
