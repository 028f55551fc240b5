import assert from "node:assert/strict";
import fc from "../support/properties.ts";
import { createBodyRoom } from "../../routes/limits/body_room.ts";
import { Refusal } from "../../routes/problem.ts";

Deno.test("createBodyRoom() never holds more than there is room for, of one tenant or in all, and all of that", () => {
  const step = fc.record({ tenant: fc.constantFrom("a", "b", "c"), bytes: fc.nat(6), leaves: fc.boolean() });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const room = createBodyRoom({ totalBytes: 20, tenantBytes: 10 });
    const inside: { tenant: string; bytes: number; leave: () => void }[] = [];
    const held = (tenant?: string) =>
      inside.filter((one) => tenant === undefined || one.tenant === tenant).reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { tenant, bytes, leaves } of steps) {
      if (leaves) inside.shift()?.leave();
      const status = held(tenant) + bytes > 10 ? 429 : held() + bytes > 20 ? 503 : 200;
      try {
        inside.push({ tenant, bytes, leave: room.enter(tenant, bytes) });
        assert.equal(status, 200);
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        assert.equal(thrown.status, status);
      }
    }
  }));
});
