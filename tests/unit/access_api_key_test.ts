import assert from "node:assert/strict";
import { createApiKeys, formatApiKey, holdsUntil } from "../../routes/access/api_key.ts";
import { hashOf, newSecret, SECRET } from "../../routes/access/secrets.ts";
import type { ApiKeyRow, System } from "../../runtime/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const ID = "01jd9zk5t3m6x8qv2n4b7c1rsw";
const [secret, previous] = ["a".repeat(42) + "_", "_".repeat(43)];

const row: ApiKeyRow = {
  tenant: "acme",
  id: ID,
  name: "nightly",
  role: "operator",
  scopes: '["jobs"]',
  hash: hashOf(secret),
  previousHash: hashOf(previous),
  previousUntil: 5_000,
  createdAt: 0,
  createdBy: "ann",
  expiresAt: 10_000,
  lastUsedAt: null,
  revokedAt: null,
};

function setup() {
  const [asked, written]: unknown[][] = [[], []];
  const clock = new FakeClock(1_000);
  const system = {
    point: (tenant: string, { name }: { name: string }, args: { id: string }) => {
      asked!.push([tenant, name]);
      return Promise.resolve(args.id === ID ? row : null);
    },
    write: (_tenant: string, { rows }: { rows: readonly unknown[] }) => {
      written!.push(...rows);
      return Promise.resolve();
    },
  } as unknown as System;
  return { clock, asked: asked!, written: written!, ...createApiKeys({ system, clock }) };
}

Deno.test("newSecret() is 256 bits in base64url, another one each time", () => {
  const secrets = Array.from({ length: 100 }, newSecret);
  assert.ok(secrets.every((one) => SECRET.test(one)));
  assert.equal(new Set(secrets).size, 100);
});

Deno.test("holdsUntil() is the end of the secret, and 0 for what is no secret of the key", () => {
  const [now, before] = [hashOf(secret), hashOf(previous)];
  assert.deepEqual([holdsUntil(row, now), holdsUntil(row, before)], [10_000, 5_000]);
  assert.equal(holdsUntil({ ...row, expiresAt: null }, now), Infinity);
  assert.equal(holdsUntil({ ...row, expiresAt: 4_000 }, before), 4_000);
  assert.equal(holdsUntil({ ...row, previousHash: null, previousUntil: null }, before), 0);
  assert.equal(holdsUntil({ ...row, revokedAt: 1 }, now), 0);
  assert.deepEqual([holdsUntil(row, hashOf("x")), holdsUntil(null, now)], [0, 0]);
});

Deno.test("an API key's secret may have underscores in it, and its id is spelt in one way", async () => {
  const { verify } = setup();
  for (const one of [secret, previous]) {
    assert.equal((await verify(formatApiKey({ id: ID, secret: one }))).subject, `key:${ID}`);
  }
  const key = formatApiKey({ id: ID, secret });
  for (const other of [key.toUpperCase(), key.replace("mr_", "mr-"), `${key}_`, key.slice(0, -1), `mr_${secret}`]) {
    await assert.rejects(verify(other), { status: 401 });
  }
});

Deno.test("an unknown id and a wrong secret of a key cost the same one look, and are refused with the same words", async () => {
  const { verify, asked } = setup();
  const reasons = [];
  for (const id of [ID, ID.replace("01", "02")]) {
    asked.length = 0;
    reasons.push(await verify(formatApiKey({ id, secret: "x".repeat(43) })).catch(({ message }) => message));
    assert.deepEqual(asked, [["system", "shown"]]);
  }
  assert.equal(reasons[0], reasons[1]);
});

Deno.test("of many who use a key at once one writes that it was used", async () => {
  const { verify, written } = setup();
  const key = formatApiKey({ id: ID, secret });
  await Promise.all(Array.from({ length: 100 }, () => verify(key)));
  assert.deepEqual(written, [{ tables: "api-keys", write: "used", args: { id: ID, at: 1_000, before: -59_000 } }]);
});
