import assert from "node:assert/strict";
import type { Duties, Hint, LaneName } from "../../runtime/store/contract.ts";
import { type SharedLife, type SharedLives, sharedLives } from "../support/shared_lives.ts";

const LANE = { tenant: "acme", kind: "job" };
const NO_LIMITS: Duties = { appetite: () => 0, limitsOf: () => undefined, tenantLimitOf: () => undefined };

Deno.test("claim() gives a head to one life, in order, and answers what is its own already", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["a", "b", "c", "d"]);
  await lives.heads(["urgent"], { priority: 5 });
  assert.deepEqual(await claimed(one, 2), ["urgent", "a"]);
  assert.deepEqual(await claimed(one, 3), ["urgent", "a", "b"]);
  assert.deepEqual(await claimed(two, 9), ["c", "d"]);
  assert.deepEqual(await claimed(one, 9), ["urgent", "a", "b"]);
  const mine = one.generation;
  assert.deepEqual(await lives.owners(), [
    `a ${mine}`,
    `b ${mine}`,
    `c ${mine + 1}`,
    `d ${mine + 1}`,
    `urgent ${mine}`,
  ]);
});

Deno.test("claim() answers the whole message, as reads do", async () => {
  await using lives = await sharedLives();
  const one = await lives.begin("one");
  await lives.heads(["a"], { payload: '{"text":"é\\u0000"}', dedupeKey: "d", priority: -3, by: "ann" });
  const [message] = await one.shared.claim(LANE, 1);
  assert.deepEqual([message], await one.reads.mailbox({ ...LANE, key: "a" }, 9));
});

Deno.test("claim() from a place leaves out what comes before it", async () => {
  await using lives = await sharedLives();
  const one = await lives.begin("one");
  await lives.heads(["high"], { priority: 2 });
  await lives.heads(["a", "b", "c"], { priority: 1 });
  await lives.heads(["low"], { priority: 0 });
  const [, , from] = await one.reads.readyHeads(LANE, 3);
  const heads = await one.shared.claim(LANE, 9, { from: from! });
  assert.deepEqual(heads.map(({ key }) => key), ["b", "c", "low"]);
  assert.deepEqual(await claimed(one, 2), ["high", "a"]);
});

Deno.test("claim() takes better heads of nobody's before it answers its own", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["a", "b"]);
  assert.deepEqual(await claimed(one, 2), ["a", "b"]);
  await lives.heads(["urgent", "urgent-2"], { priority: 1 });
  assert.deepEqual(await claimed(one, 1), ["urgent"]);
  assert.deepEqual(await claimed(two, 9), ["urgent-2"]);
});

Deno.test("claim() in parallel parts the heads: none is owned twice, none is left", async () => {
  await using lives = await sharedLives();
  const nodes = [await lives.begin("one"), await lives.begin("two"), await lives.begin("three")];
  for (const priority of [0, 1, 2]) {
    await lives.heads(Array.from({ length: 200 }, (_, nth) => `${priority}-${nth}`), { priority });
  }
  const parts = await Promise.all(nodes.map(async (node) => {
    const own = new Set<string>();
    for (let before = -1; own.size > before;) {
      before = own.size;
      const [some, more] = await Promise.all([claimed(node, own.size + 7), claimed(node, own.size + 13)]);
      for (const key of [...some, ...more]) own.add(key);
    }
    return own;
  }));
  assert.equal(new Set(parts.flatMap((part) => [...part])).size, 600);
  assert.equal(parts.reduce((sum, { size }) => sum + size, 0), 600);
  const owned = (await lives.owners()).map((owner) => owner.split(" "));
  for (const [nth, { generation }] of nodes.entries()) {
    const own = owned.filter(([, owner]) => Number(owner) === generation).map(([key]) => key!);
    assert.deepEqual(new Set(own), parts[nth]);
  }
});

Deno.test("limits hold over all nodes, however many claim at once", async () => {
  const limits: readonly [Partial<Duties>, (heads: readonly LaneName[]) => number, number][] = [
    [{ limitsOf: (kind) => kind === "job" ? { total: 5 } : undefined }, (heads) => heads.length, 5],
    [{ limitsOf: () => ({ perTenant: 3 }) }, (heads) => most(heads, ({ tenant }) => tenant), 3],
    [{ limitsOf: () => ({ total: 4, perTenant: 3 }) }, (heads) => heads.length, 4],
  ];
  for (const [limit, count, most] of limits) {
    await using lives = await sharedLives();
    const nodes = await begin(lives, { ...NO_LIMITS, ...limit });
    for (const tenant of ["acme", "rival"]) await lives.heads(keys(20), { tenant });
    const heads = await claimAll(nodes, [LANE, { ...LANE, tenant: "rival" }]);
    assert.equal(count(heads), most);
    // What has gone makes room for as many.
    await lives.database.query(
      "delete from messages where (tenant, key) in (select tenant, key from messages where owner > 0 limit 1)",
    );
    assert.equal(count(await claimAll(nodes, [LANE, { ...LANE, tenant: "rival" }])), most);
  }
});

Deno.test("the limit of a tenant counts its heads of all kinds", async () => {
  await using lives = await sharedLives();
  const nodes = await begin(lives, { ...NO_LIMITS, tenantLimitOf: () => 4 });
  const kinds = ["a", "job", "z"];
  for (const kind of kinds) await lives.heads(keys(5, kind), { kind });
  await lives.heads(keys(9), { tenant: "rival" });
  const lanes = kinds.map((kind) => ({ tenant: "acme", kind }));
  assert.equal((await claimAll(nodes, lanes)).length, 4);
  assert.equal((await claimAll(nodes, [{ tenant: "rival", kind: "job" }])).length, 4);
});

Deno.test("claimable() tells lanes with heads that nobody owns, or that are its own", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["free"], { kind: "b" });
  await lives.heads(["free-2"], { kind: "a", tenant: "rival" });
  await lives.heads(["mine"], { kind: "c", owner: one.generation });
  await lives.heads(["waits"], { kind: "d", slot: 2 });
  const [free, rival] = [{ tenant: "acme", kind: "b" }, { tenant: "rival", kind: "a" }];
  assert.deepEqual(await one.shared.claimable(), [free, { tenant: "acme", kind: "c" }, rival]);
  assert.deepEqual(await two.shared.claimable(), [free, rival]);
});

Deno.test("disown() frees ready and waiting heads but for those of busy actors, and hints them", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await two.shared.renew({ running: 0, waiting: 0 });
  await one.shared.renew({ running: 0, waiting: 0 });
  await one.shared.listen(() => {});
  const hints: Hint[] = [];
  const heard = Promise.withResolvers<void>();
  await two.shared.listen((hint) => void (hints.push(hint), heard.resolve()));
  await lives.heads(keys(1_500), { owner: one.generation });
  await lives.heads(["other"], { owner: two.generation });
  await lives.heads(["waits"], { slot: 2, owner: one.generation, dueAt: 7 });
  await one.shared.disown({ busy: [{ ...LANE, key: "k7" }, { tenant: "rival", kind: "job", key: "k8" }] });
  const owned = (await lives.owners()).filter((owner) => !owner.endsWith(" 0"));
  assert.deepEqual(owned, [`k7 ${one.generation}`, `other ${two.generation}`]);
  await heard.promise;
  assert.deepEqual(hints[0]?.lanes, [LANE]);
  await one.shared.disown();
  assert.deepEqual((await lives.owners()).filter((owner) => !owner.endsWith(" 0")), [`other ${two.generation}`]);
});

Deno.test("disown() of some actors frees their ready heads, its own only, passes over what is being changed, and hints", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await two.shared.renew({ running: 0, waiting: 0 });
  await one.shared.renew({ running: 0, waiting: 0 });
  await one.shared.listen(() => {});
  const heard = Promise.withResolvers<Hint>();
  await two.shared.listen((hint) => heard.resolve(hint));
  await lives.heads(["given", "kept", "changing"], { owner: one.generation });
  await lives.heads(["other"], { owner: two.generation });
  await lives.heads(["waits"], { slot: 2, owner: one.generation });
  const change = await lives.transaction("select 1 from messages where key = $1 for update", ["changing"]);
  await one.shared.disown({ only: ["given", "changing", "other", "waits", "gone"].map((key) => ({ ...LANE, key })) });
  await change.commit();
  assert.deepEqual((await lives.owners()).filter((owner) => owner.endsWith(" 0")), ["given 0"]);
  assert.deepEqual((await heard.promise).lanes, [LANE]);
});

Deno.test("a life that was ended claims and disowns nothing", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["mine"], { owner: one.generation });
  await lives.heads(["free"]);
  await lives.lapse(one);
  await lives.database.query("update lives set ended_at = 1 where generation = $1", [one.generation]);
  const fenced = { name: "RuntimeError", code: "fenced" };
  await assert.rejects(one.shared.claim(LANE, 9), fenced);
  await assert.rejects(one.shared.disown(), fenced);
  await assert.rejects(one.shared.disown({ only: [{ ...LANE, key: "mine" }] }), fenced);
  one.shared.begin({ ...NO_LIMITS, limitsOf: () => ({ total: 9 }) });
  await assert.rejects(one.shared.claim(LANE, 9), fenced);
  assert.deepEqual(await lives.owners(), ["free 0", `mine ${one.generation}`]);
  assert.deepEqual(await claimed(two, 9), ["free"]);
});

Deno.test("a claim under way keeps its life from being ended until it is over", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await lives.heads(["a"]);
  await lives.lapse(one);
  await lives.database.query(`create function stop() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(77); return new; end $$`);
  await lives.database.query("create trigger stops before update on messages for each row execute function stop()");
  const gate = await lives.transaction("select pg_advisory_xact_lock($1)", [77]);
  const claiming = claimed(one, 9);
  await lives.waiting();
  assert.deepEqual(await two.shared.endLapsed(), []);
  await gate.commit();
  assert.deepEqual(await claiming, ["a"]);
  assert.deepEqual(await two.shared.endLapsed(), [{ node: "one", generation: one.generation, freed: 1 }]);
});

async function claimed({ shared }: SharedLife, limit: number): Promise<string[]> {
  return (await shared.claim(LANE, limit)).map(({ key }) => key);
}

async function begin(lives: SharedLives, duties: Duties): Promise<SharedLife[]> {
  const nodes = await Promise.all(["one", "two", "three"].map((node) => lives.begin(node)));
  for (const { shared } of nodes) shared.begin(duties);
  return nodes;
}

/** Each node claims each lane several times, all at once; answers what is owned by anybody then. */
async function claimAll(nodes: readonly SharedLife[], lanes: readonly LaneName[]): Promise<readonly LaneName[]> {
  const claims = nodes.flatMap(({ shared }) =>
    lanes.flatMap((lane) => [2, 9, 2].map((limit) => shared.claim(lane, limit)))
  );
  const heads = (await Promise.all(claims)).flat();
  return [...new Map(heads.map((head) => [`${head.tenant}/${head.kind}/${head.key}`, head])).values()];
}

function keys(many: number, prefix = "k"): string[] {
  return Array.from({ length: many }, (_, nth) => `${prefix}${nth}`);
}

function most(heads: readonly LaneName[], nameOf: (head: LaneName) => string): number {
  const counts = new Map<string, number>();
  for (const head of heads) counts.set(nameOf(head), (counts.get(nameOf(head)) ?? 0) + 1);
  return Math.max(...counts.values());
}
