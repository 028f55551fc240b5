import assert from "node:assert/strict";
import { Hints, type Listener } from "../../runtime/store/postgres/hints.ts";
import { turnOfLoop } from "../support/activation_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";

const NOTHING = { rows: [] };

/** A connection of the driver. */
function listener() {
  const state = { ended: false };
  const connection: Listener = {
    on() {},
    query: () => Promise.resolve(NOTHING),
    end: async () => void (state.ended = await Promise.resolve(true)),
  };
  return { connection, state };
}

Deno.test("Hints that close while they connect anew end that connection, and leave no timer behind", async () => {
  const clock = new FakeClock();
  const [first, second] = [listener(), listener()];
  const coming = Promise.withResolvers<Listener>();
  const connections = [Promise.resolve(first.connection), coming.promise];
  let lose = () => {};
  const open = (onLost: () => void) => {
    lose = onLost;
    return connections.shift()!;
  };
  const hints = new Hints({ open, clock, generation: 1, hasOthers: () => true });
  await hints.listen(() => {});
  lose();
  await turnOfLoop();
  const closed = hints.close();
  coming.resolve(second.connection);
  await turnOfLoop();
  assert.ok(second.state.ended);
  assert.equal(clock.armed, 0);
  await closed;
});

Deno.test("Hints that close leave no timer for what is hinted meanwhile", async () => {
  const clock = new FakeClock();
  const { connection } = listener();
  const hints = new Hints({ open: () => Promise.resolve(connection), clock, generation: 1, hasOthers: () => true });
  await hints.listen(() => {});
  hints.hint({ wishes: true });
  const closed = hints.close();
  hints.hint({ control: true });
  await closed;
  assert.equal(clock.armed, 0);
});
