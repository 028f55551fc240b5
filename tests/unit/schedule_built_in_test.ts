import assert from "node:assert/strict";
import { builtInsOf } from "../../runtime/schedule/built_in.ts";
import { clockworkRegistry } from "../support/registry/clockwork_registry.ts";

const builtIns = (everyMs: number, names: string[]) =>
  builtInsOf(clockworkRegistry({ everyMs, names }).kinds.values(), 0);

Deno.test("builtInsOf() refuses what can never be due, and two of one name", () => {
  const how = (message: RegExp) => ({ code: "invalid-config", message });
  assert.deepEqual([...builtIns(60_000, ["wind-up", "oil"]).keys()], ["wind-up", "oil"]);
  assert.throws(() => builtIns(10, ["wind-up"]), how(/clockwork.*wind-up.*10/));
  assert.throws(() => builtIns(60_000, ["wind-up", "wind-up"]), how(/Two kinds.*wind-up/));
  assert.throws(() => builtIns(60_000, ["Wind up"]), how(/kebab-case/));
});
