import assert from "node:assert/strict";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { RuntimeError } from "../../runtime/core/errors.ts";
import type { System } from "../../runtime/system/contract.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { registry } from "../support/registry/subscriber_registry.ts";
import { tally } from "../support/registry/system_registry.ts";
import { heardBy, numbersOf, toShelf, until } from "../support/subscribed_rig.ts";

const TENANTS = ["acme", "zen", "beta"] as const;

/** Emits an event, or two where the database was lost in between. */
async function add(system: System, tenant: string, key: string): Promise<void> {
  for (;;) {
    try {
      await system.tell(tally.at(tenant, key), "add", { by: 1 });
      return;
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError && thrown.retryable)) throw thrown;
      await sleep(systemClock, 50);
    }
  }
}

Deno.test("S0-18 three nodes on one Postgres tell each subscriber of every event once, in order, when the one that sends is killed (P2)", async () => {
  await using rig = await PostgresCluster.open(["one", "two", "three"], { registry });
  const [one, two, three] = ["one", "two", "three"].map((name) => rig.nodes.get(name)!) as [Node, Node, Node];
  type Node = NonNullable<ReturnType<typeof rig.nodes.get>>;
  const flood = (nodes: readonly Node[], events: number) =>
    Promise.all(
      TENANTS.flatMap((tenant) =>
        nodes.flatMap(({ system }) =>
          Array.from({ length: events }, (_, number) => add(system, tenant, `k${number % 4}`))
        )
      ),
    );
  await flood([one, two, three], 20);
  // Made at a node that only stands by; the one that sends hears of it.
  const { id, cursor } = await two.system.subscriptions.create("acme", toShelf("b"));
  for (let number = 0; number < 5; number++) await add(three.system, "acme", "a");
  await until(async () => (await heardBy(two.system, "b")).length >= 5);
  await flood([two, three], 10);
  void flood([one], 30).catch(() => {});
  one.kill();
  await flood([two, three], 20);
  const four = await rig.begin("four");
  await flood([three, four], 20);
  const { system } = four;
  for (const tenant of TENANTS) {
    for (const [key, after] of [[undefined, 0], ...(tenant === "acme" ? [["b", cursor] as const] : [])] as const) {
      let [heard, wanted]: [readonly number[], readonly number[]] = [[], []];
      await until(async () => {
        wanted = await numbersOf(system, { tenant, after });
        heard = await heardBy(system, key, tenant);
        return heard.length === wanted.length && system.health().pending === 0;
      });
      assert.deepEqual(heard, wanted, `${tenant} ${key}`);
    }
  }
  await three.system.subscriptions.remove("acme", id);
  const before = await heardBy(system, "b");
  for (let number = 0; number < 5; number++) await add(system, "acme", "a");
  await until(async () => (await heardBy(system)).length === (await numbersOf(system)).length);
  assert.deepEqual(await heardBy(system, "b"), before);
});
