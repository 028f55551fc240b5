import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { createDispatcher } from "../../runtime/mailbox/dispatcher.ts";
import { createRoom } from "../../runtime/mailbox/room.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import { FakeClock } from "../support/fake_clock.ts";

const LANE = { tenant: "acme", kind: "job" };

Deno.test("createDispatcher() keeps nothing of lanes that it was hinted and that others had emptied", async () => {
  const asked: number[] = [];
  const clock = new FakeClock(0);
  const dispatcher = createDispatcher({
    read: {} as StoreReads,
    claims: {
      claimable: () => Promise.resolve([]),
      claim: (_, limit) => Promise.resolve((asked.push(limit), [])),
    },
    now: () => clock.now(),
    room: createRoom(clock, 64),
    kindOf: () => ({ concurrency: {} }) as never,
    weightOf: () => 1,
    tenantLimitOf: () => Infinity,
    runsAlone: () => false,
    deliver() {},
    onReadFailed: (error) => assert.fail(String(error)),
  });
  const hinted = async (lane: typeof LANE) => {
    const before = asked.length;
    dispatcher.expect(lane);
    dispatcher.pump();
    assert.equal(asked.length, before + 1);
    // It is filled with nothing.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return asked.at(-1)!;
  };
  await dispatcher.start();
  const first = await hinted(LANE);
  for (let nth = 0; nth < 5_000; nth++) await hinted({ ...LANE, tenant: `tenant-${nth}` });
  // Each lane that there is takes of what the others may hold.
  assert.equal(await hinted({ ...LANE, tenant: "last" }), first);
});
