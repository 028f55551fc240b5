import assert from "node:assert/strict";
import type { Clock } from "../../runtime/core/clock.ts";
import type { SubscriptionPorts } from "../../runtime/subscription/ports.ts";
import { createFollowers } from "../../runtime/subscription/followers.ts";
import { createLooking } from "../../runtime/subscription/looking.ts";
import type { SubscriptionRow } from "../../runtime/subscription/row_types.ts";

Deno.test("a subscription whose time comes while the log is read for another one is looked at again at once", async () => {
  let now = 1_000;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => {} };
  const log = {
    events: () => {
      now += 10;
      return Promise.resolve([]);
    },
    logMark: () => Promise.resolve({ last: 0, trimmedTo: 0 }),
  } as unknown as SubscriptionPorts["log"];
  const done = () => Promise.resolve();
  const look = createLooking({
    ports: { log },
    clock,
    sending: { send: done, pass: done, skip: done },
    mayGoOn: () => true,
  });
  const followers = createFollowers("acme");
  for (const id of ["free", "held"]) followers.put({ id, cursor: 0 } as SubscriptionRow, ["tally.added"]);
  assert.equal(await look(followers), null);
  followers.all.get("held")!.heldUntil = now + 500;
  assert.equal(await look(followers), 490);
  followers.all.get("held")!.heldUntil = now + 5;
  assert.equal(await look(followers), 0);
});
