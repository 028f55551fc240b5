import assert from "node:assert/strict";
import { z } from "zod";
import { createRegistry, defineActor } from "../../runtime/authoring.ts";
import { tally } from "../support/registry/system_registry.ts";
import { setup } from "../support/test_system.ts";

/** A scope between one tenant and all of them: an address of `system` whose state says whom it is over. */
const region = defineActor({
  kind: "region",
  state: z.object({ tenants: z.array(z.string()), total: z.int() }),
  initial: { tenants: [] as string[], total: 0 },
  messages: {
    join: z.object({ tenant: z.string() }),
    addToAll: z.object({ by: z.int() }),
    sum: z.object({}),
  },
  queries: { total: ({ total }: { total: number }) => total },
  on: {
    join: (state, { tenant }) => void state.tenants.push(tenant),
    addToAll({ tenants }, { by }, ctx) {
      for (const tenant of tenants) ctx.tell(tally.at(tenant, "main"), "add", { by });
    },
    async sum(state, _payload, ctx) {
      state.total = 0;
      for (const tenant of state.tenants) state.total += await ctx.ask(tally.at(tenant, "main"), "count");
    },
  },
});

const REGISTRY_URL = new URL("../support/registry/system_registry.ts", import.meta.url).href;

Deno.test("S0-4 a region over several tenants is a scope of its own, and no existing kind knows of it", async () => {
  const kinds = { registry: createRegistry([tally, region]), registryUrl: REGISTRY_URL };
  await using node = await setup({ kinds });
  const { system } = node;
  const [north, south] = [region.at("system", "north"), region.at("system", "south")];
  for (const tenant of ["acme", "zen"]) await system.tell(north, "join", { tenant });
  await system.tell(south, "join", { tenant: "other" });
  await system.tell(north, "addToAll", { by: 2 });
  await system.tell(south, "addToAll", { by: 5 });
  await node.quiet();
  await system.tell(north, "sum", {});
  await node.quiet();
  assert.equal(await system.ask(north, "total"), 4);
  const counts = ["acme", "zen", "other"].map((tenant) => system.ask(tally.at(tenant, "main"), "count"));
  assert.deepEqual(await Promise.all(counts), [2, 2, 5]);
});
