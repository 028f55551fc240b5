import { createRegistry, type Registry } from "@mailroom/mailroom";
import { registry as product } from "../../../actors/mod.ts";
import { brittle } from "./brittle.ts";
import { culprit, sulky } from "./culprits.ts";
import { diary } from "./diary.ts";
import { misbehaving } from "./misbehaving.ts";
import { spawner } from "./spawner.ts";
import { flaky, sleepy, trivial } from "./trivial.ts";

/** The product's kinds and some that only tests have use for. */
export const registry: Registry = createRegistry([
  ...product.kinds.values(),
  ...[brittle, culprit, diary, flaky, misbehaving, sleepy, spawner, sulky, trivial],
]);
