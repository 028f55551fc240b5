import assert from "node:assert/strict";
import fc from "../../support/properties.ts";
import type { Address } from "../../../runtime/actor/address.ts";
import type { ActorSight, ActorsPage, Store, Write } from "../../../runtime/store/contract.ts";
import type { OpenStore } from "../../support/opened_store.ts";
import { append, commit, entry, NOON, writing } from "../../support/store_entries.ts";

const PARKED = { at: NOON, reason: "it failed", because: null };
const STATUSES = ["parked", "waiting", "idle", undefined] as const;

export function actorsContract(name: string, openStore: OpenStore): void {
  Deno.test(`${name} actors() tells what is known of each actor that has state, mail or supervision`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const [busy, calm, child, parked] = [actor("busy"), actor("calm"), actor("child"), actor("parked")];
    await commit(
      store,
      writing(snapshot(calm), append({ ...busy }), adopt(child), park(parked), append({ ...parked })),
    );
    await commit(store, entry({ at: NOON + 5, writes: [snapshot(calm), snapshot(parked)] }));
    const bare = { kind: "counter", parent: null, restarts: [], parked: null, version: 0, updatedAt: null };
    assert.deepEqual(await store.read.actors({ tenant: "acme", limit: 9 }), [
      { ...bare, key: "busy", status: "waiting" },
      { ...bare, key: "calm", status: "idle", version: 2, updatedAt: NOON + 5 },
      { ...bare, key: "child", status: "idle", parent: { kind: "counter", key: "calm" } },
      { ...bare, key: "parked", status: "parked", parked: PARKED, version: 1, updatedAt: NOON + 5 },
    ]);
    assert.deepEqual(await store.read.actors({ tenant: "rival", limit: 9 }), []);
  });

  Deno.test(`${name} actors() sees an actor once however much mail it has`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    const deep = Array.from({ length: 2_000 }, () => append({ key: "deep" }));
    await commit(store, writing(...deep, append({ key: "after" }), append({ key: "zero" }), append({ kind: "mail" })));
    const names = (await store.read.actors({ tenant: "acme", limit: 9 })).map(({ kind, key }) => `${kind}/${key}`);
    assert.deepEqual(names, ["job/after", "job/deep", "job/zero", "mail/one"]);
  });

  Deno.test(`${name} actors() pages over all of them once, in order, by kind and status or not`, async () => {
    await using opened = await openStore();
    const { store } = opened;
    let tenants = 0;
    const property = fc.asyncProperty(worlds, fc.integer({ min: 1, max: 4 }), async (world, limit) => {
      const tenant = `tenant-${++tenants}`;
      await store.write([
        entry({ tenant, writes: world.flatMap((one) => making(tenant, one)) }),
        entry({ tenant: `${tenant}x`, writes: making(`${tenant}x`, { ...EVERYTHING, kind: "b", key: "k" }) }),
      ]);
      const expected = world.filter(({ state, mail, parked, failed }) => state || mail || parked || failed)
        .map((one) => ({ ...one, status: one.parked ? "parked" : one.mail ? "waiting" : "idle" }))
        .sort((one, other) => `${one.kind}/${one.key}` < `${other.kind}/${other.key}` ? -1 : 1);
      for (const kind of ["a", "b", undefined]) {
        for (const status of STATUSES) {
          const filter = { ...(kind === undefined ? {} : { kind }), ...(status === undefined ? {} : { status }) };
          const found = await allPages(store, { tenant, limit, ...filter });
          const wanted = expected.filter((one) =>
            one.kind === (kind ?? one.kind) && one.status === (status ?? one.status)
          );
          assert.deepEqual(
            found.map((one) => `${one.kind}/${one.key} ${one.status}`),
            wanted.map((one) => `${one.kind}/${one.key} ${one.status}`),
          );
        }
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });
}

interface Made {
  readonly kind: string;
  readonly key: string;
  readonly state: boolean;
  readonly mail: boolean;
  readonly parked: boolean;
  readonly failed: boolean;
}

const EVERYTHING = { state: true, mail: true, parked: true, failed: true };

/** Some actors of three kinds. */
const worlds = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom("a", "b", "c"),
    key: fc.constantFrom("k", "k-1", "k1", "l", "m"),
    state: fc.boolean(),
    mail: fc.boolean(),
    parked: fc.boolean(),
    failed: fc.boolean(),
  }),
  { selector: ({ kind, key }) => `${kind}/${key}`, maxLength: 12 },
);

function making(tenant: string, { kind, key, state, mail, parked, failed }: Made): Write[] {
  const address = { tenant, kind, key };
  return [
    ...(state ? [snapshot(address)] : []),
    ...(mail ? [append({ ...address }), append({ ...address })] : []),
    ...(parked ? [park(address)] : []),
    ...(failed ? [{ write: "restarts", address, restarts: [1] } as const] : []),
  ];
}

async function allPages(store: Store, page: ActorsPage): Promise<ActorSight[]> {
  const sights: ActorSight[] = [];
  for (;;) {
    const last = sights.at(-1);
    const after = last === undefined ? {} : { after: { kind: last.kind, key: last.key } };
    const next = await store.read.actors({ ...page, ...after });
    sights.push(...next);
    assert.ok(sights.length <= 100, "the pages go round in circles");
    if (next.length < page.limit) return sights;
  }
}

function actor(key: string): Address {
  return { tenant: "acme", kind: "counter", key };
}

function snapshot(address: Address): Write {
  return { write: "snapshot", address, state: "{}", stateVersion: 1 };
}

function adopt(child: Address): Write {
  return { write: "adopt", child, parent: actor("calm") };
}

function park(address: Address): Write {
  return { write: "park", address, parked: PARKED };
}
