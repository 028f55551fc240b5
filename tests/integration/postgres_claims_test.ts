import assert from "node:assert/strict";
import { sharedLives } from "../support/shared_lives.ts";

const LANE = { tenant: "acme", kind: "job" };

Deno.test("claim() gives a head to one life, in order, and answers what is its own already", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["a", "b", "c", "d"]);
  await lives.heads(["urgent"], { priority: 5 });
  const ids = async ({ shared }: typeof one, limit: number) => (await shared.claim(LANE, limit)).map(({ id }) => id);
  assert.deepEqual(await ids(one, 2), ["urgent", "a"]);
  assert.deepEqual(await ids(one, 3), ["urgent", "a", "b"]);
  assert.deepEqual(await ids(two, 9), ["c", "d"]);
  assert.deepEqual(await ids(one, 9), ["urgent", "a", "b"]);
  assert.deepEqual(await one.shared.claimable(), [LANE]);
});
