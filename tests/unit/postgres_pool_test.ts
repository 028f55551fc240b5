import assert from "node:assert/strict";
import { type Client, Pool, type PoolOptions } from "../../runtime/store/postgres/pool.ts";
import { POOL_SETTINGS } from "../../runtime/store/pool_settings.ts";
import { Watch } from "../../runtime/store/postgres/watch.ts";
import { FakeClock } from "../support/fake_clock.ts";

const AWAY = { name: "RuntimeError", code: "storage-unavailable" };
const TIMES = { patienceMs: 400, deadlineMs: 5_000 };

Deno.test("Watch probes once the oldest answer is late, and ends all waiting when nobody is there", async () => {
  const rig = watchRig();
  const [first, second] = [rig.wait(), rig.wait()];
  rig.clock.advance(399);
  assert.equal(rig.probes.length, 0);
  rig.clock.advance(1);
  assert.equal(rig.probes.length, 1);
  const later = rig.wait();
  rig.probes[0]!.reject(new Error("refused"));
  await assert.rejects(first.waited, AWAY);
  await assert.rejects(second.waited, AWAY);
  later.resolve("late");
  assert.equal(await later.waited, "late");
  assert.equal(rig.clock.armed, 0);
});

Deno.test("Watch waits on while the server is there, and probes again after as long", async () => {
  const rig = watchRig();
  const answer = rig.wait();
  for (let round = 1; round <= 3; round++) {
    rig.clock.advance(400);
    assert.equal(rig.probes.length, round);
    rig.probes.at(-1)!.resolve();
    await settled();
  }
  answer.resolve("slow");
  assert.equal(await answer.waited, "slow");
  rig.clock.advance(10_000);
  assert.equal(rig.probes.length, 3);
});

Deno.test("Watch gives up an answer that is not there by the deadline, and no other", async () => {
  const rig = watchRig();
  const dead = rig.wait();
  for (let ms = 0; ms < 4_800; ms += 400) {
    rig.clock.advance(400);
    rig.probes.at(-1)!.resolve();
    await settled();
  }
  const young = rig.wait();
  rig.clock.advance(400);
  await assert.rejects(dead.waited, AWAY);
  young.resolve("here");
  assert.equal(await young.waited, "here");
});

Deno.test("Pool opens no more connections than it may, and lends them in the order in which they were asked for (S3-20)", async () => {
  const rig = poolRig({ max: 2 });
  const order: number[] = [];
  const uses = [0, 1, 2, 3].map((nth) =>
    rig.pool.use(async (connection) => void order.push(nth, await ask(connection)))
  );
  await settled();
  assert.equal(rig.clients.length, 2);
  for (const client of rig.clients) client.answer();
  await settled();
  for (const client of rig.clients) client.answer();
  await Promise.all(uses);
  assert.deepEqual(order.filter((_, place) => place % 2 === 0), [0, 1, 2, 3]);
  await rig.pool.close();
});

Deno.test("Pool refuses all who wait when it cannot connect, and tries anew for the next", async () => {
  const rig = poolRig({ max: 1 });
  rig.openFails = true;
  const uses = [0, 1, 2].map(() => rig.pool.use(ask));
  for (const use of uses) await assert.rejects(use, /cannot connect/);
  rig.openFails = false;
  const use = rig.pool.use(ask);
  await settled();
  rig.clients[0]!.answer();
  await use;
  await rig.pool.close();
});

Deno.test("Pool gives up the connection whose answer was given up, and opens another", async () => {
  const rig = poolRig({ max: 1 });
  const stuck = rig.pool.use(ask);
  await settled();
  const waiting = rig.pool.use(ask);
  rig.clock.advance(400);
  await assert.rejects(stuck, AWAY);
  await assert.rejects(waiting, AWAY);
  assert.equal(rig.clients[0]!.ended, true);
  const next = rig.pool.use(ask);
  await settled();
  rig.clients.at(-1)!.answer();
  await next;
  assert.equal(rig.clients.filter(({ ended }) => !ended).length, 1);
  await rig.pool.close();
});

Deno.test("Pool forgets an idle connection that was lost, and reads once more what a lost one has interrupted", async () => {
  const rig = poolRig({ max: 1 });
  const first = rig.pool.read(ask);
  await settled();
  rig.clients[0]!.lose();
  await settled();
  rig.clients[1]!.answer();
  await first;
  rig.clients[1]!.lose();
  const second = rig.pool.read(ask);
  await settled();
  rig.clients[2]!.answer();
  await second;
  await rig.pool.close();
});

Deno.test("Pool close() refuses who waits, waits 1 s for who has a connection, and ends all", async () => {
  const rig = poolRig({ max: 1 });
  const under = rig.pool.use(ask);
  const waiting = rig.pool.use(ask);
  await settled();
  const closed = rig.pool.close();
  await assert.rejects(waiting, { code: "stopping" });
  rig.clients[0]!.answer();
  await under;
  await closed;
  assert.equal(rig.clients[0]!.ended, true);
  await assert.rejects(rig.pool.use(ask), { code: "stopping" });

  const stuck = poolRig({ max: 1 });
  const never = stuck.pool.use(ask);
  await settled();
  const given = stuck.pool.close();
  stuck.clock.advance(1_000);
  await given;
  await assert.rejects(never, AWAY);
});

Deno.test("Pool opens 3 connections and carries 5 uses of each, the least used first; the sixteenth waits (S4-19, S4-20)", async () => {
  const { connections, usesOfEach } = POOL_SETTINGS;
  const rig = poolRig({ max: connections, usesOfEach });
  const uses = Array.from({ length: 16 }, () => rig.pool.use(ask));
  await settled();
  assert.deepEqual(rig.clients.map(({ waiting }) => waiting), [5, 5, 5]);
  rig.clients[1]!.answer();
  await settled();
  assert.deepEqual(rig.clients.map(({ waiting }) => waiting), [5, 5, 5]);
  for (const client of rig.clients) for (let nth = 0; nth < 5; nth++) client.answer();
  await Promise.all(uses);
  const later = [0, 1, 2, 3].map(() => rig.pool.use(ask));
  await settled();
  assert.deepEqual(rig.clients.map(({ waiting }) => waiting).sort(), [1, 1, 2]);
  for (const client of [...rig.clients, ...rig.clients]) client.answer();
  await Promise.all(later);
  await rig.pool.close();
});

Deno.test("Pool ends a shared connection that was given up when all who use it have given it back (S4-20)", async () => {
  const rig = poolRig({ max: 1, usesOfEach: 2 });
  const [first, second] = [await rig.pool.use(() => Promise.resolve(rig.pool.lend())), await rig.pool.lend()];
  first.release(true);
  assert.equal(rig.clients[0]!.ended, false);
  second.release();
  assert.equal(rig.clients[0]!.ended, true);
  await rig.pool.close();
});

Deno.test("Pool refuses who has waited 10 s for a connection that others use, and no use of it is lost (S4-21)", async () => {
  const rig = poolRig({ max: 1, usesOfEach: 1, deadlineMs: 60_000, acquireMs: POOL_SETTINGS.acquireTimeoutMs });
  rig.isThere = true;
  const using = rig.pool.use(ask);
  await settled();
  const waiting = rig.pool.use(ask);
  let refused: unknown;
  waiting.catch((thrown) => refused = thrown);
  for (let ms = 0; ms < 9_600; ms += 400) {
    rig.clock.advance(400);
    await settled();
  }
  assert.equal(refused, undefined);
  rig.clock.advance(400);
  await assert.rejects(waiting, { ...AWAY, message: /no connection became free within 10000 ms/ });
  rig.clients[0]!.answer();
  await using;
  const next = rig.pool.use(ask);
  await settled();
  rig.clients[0]!.answer();
  await next;
  await rig.pool.close();
});

Deno.test("Pool asks a connection that nobody used for 2 minutes whether it works, and forgets one that does not (S4-22)", async () => {
  const { checkMs, idleMs } = POOL_SETTINGS;
  const rig = poolRig({ max: 1, checkMs, idleMs });
  const used = rig.pool.use(ask);
  await settled();
  rig.clock.advance(100);
  rig.clients[0]!.answer();
  await used;
  rig.clock.advance(checkMs - 1);
  assert.equal(rig.clients[0]!.waiting, 0);
  rig.clock.advance(1);
  assert.equal(rig.clients[0]!.waiting, 1);
  rig.clients[0]!.answer();
  await settled();
  rig.clock.advance(checkMs);
  assert.equal(rig.clients[0]!.waiting, 1);
  rig.clock.advance(400);
  await settled();
  assert.equal(rig.clients[0]!.ended, true);
  await rig.pool.close();
  assert.equal(rig.clock.armed, 0);
});

Deno.test("Pool closes a connection that nobody used for 10 minutes, however often it was looked at, and opens another (S4-23)", async () => {
  const { checkMs, idleMs } = POOL_SETTINGS;
  const rig = poolRig({ max: 1, checkMs, idleMs });
  const use = async () => {
    const used = rig.pool.use(ask);
    await settled();
    rig.clients.at(-1)!.answer();
    await used;
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += checkMs) {
      rig.clock.advance(Math.min(checkMs, ms - passed));
      rig.clients[0]!.answer();
      await settled();
    }
  };
  await use();
  await pass(idleMs - 1);
  assert.equal(rig.clients[0]!.ended, false);
  await use();
  await pass(idleMs - 1);
  assert.equal(rig.clients[0]!.ended, false);
  rig.clock.advance(1);
  assert.equal(rig.clients[0]!.ended, true);
  await use();
  assert.equal(rig.clients.length, 2);
  await rig.pool.close();
});

function watchRig() {
  const clock = new FakeClock();
  const probes: PromiseWithResolvers<void>[] = [];
  const watch = new Watch({
    ...TIMES,
    clock,
    probe() {
      probes.push(Promise.withResolvers<void>());
      return probes.at(-1)!.promise;
    },
  });
  const wait = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const waited = watch.wait(promise);
    waited.catch(() => {});
    return { resolve, waited };
  };
  return { clock, probes, wait };
}

interface FakeClient extends Client {
  ended: boolean;
  /** What it was asked and has not answered. */
  readonly waiting: number;
  answer(): void;
  lose(): void;
}

function poolRig({ deadlineMs = TIMES.deadlineMs, ...options }: Partial<PoolOptions> & { readonly max: number }) {
  const clock = new FakeClock();
  const clients: FakeClient[] = [];
  const rig = {
    clock,
    clients,
    openFails: false,
    isThere: false,
    pool: new Pool({
      ...TIMES,
      ...options,
      deadlineMs,
      clock,
      probe: (): Promise<void> => rig.isThere ? Promise.resolve() : Promise.reject(new Error("away")),
      open(onLost) {
        if (rig.openFails) return Promise.reject(new Error("cannot connect"));
        clients.push(fakeClient(onLost));
        return Promise.resolve(clients.at(-1)!);
      },
    }),
  };
  return rig;
}

function fakeClient(onLost: () => void): FakeClient {
  const asked: PromiseWithResolvers<{ rows: [] }>[] = [];
  return {
    ended: false,
    get waiting() {
      return asked.length;
    },
    query() {
      asked.push(Promise.withResolvers());
      return asked.at(-1)!.promise;
    },
    answer: () => asked.shift()?.resolve({ rows: [] }),
    lose() {
      for (const { reject } of asked.splice(0)) reject(new Error("Connection terminated unexpectedly"));
      onLost();
    },
    end() {
      this.ended = true;
      return Promise.resolve();
    },
  };
}

async function ask(connection: { query(sql: string): Promise<unknown> }): Promise<number> {
  await connection.query("select 1");
  return 1;
}

/** What is under way without a clock has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
