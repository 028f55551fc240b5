import assert from "node:assert/strict";
import { systemClock } from "../../runtime/core/clock.ts";
import type { Hint } from "../../runtime/store/contract.ts";
import { openClient } from "../../runtime/store/postgres/connection.ts";
import { Hints } from "../../runtime/store/postgres/hints.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { registry } from "../support/registry/store_registry.ts";
import { type SharedLife, sharedLives } from "../support/shared_lives.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";

const REPORT = { running: 0, waiting: 0 };

Deno.test("hints come to the other nodes, what is said at once together, and not back", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  const [atOne, atTwo] = [await ears(one), await ears(two)];
  const lane = { tenant: "acme", kind: "job" };
  one.shared.hint({ lanes: [lane] });
  one.shared.hint({ lanes: [lane, { ...lane, tenant: "rival" }], dueAt: 9 });
  one.shared.hint({ tenants: ["acme"], dueAt: 5, rows: [null] });
  assert.deepEqual(await atTwo.next(), {
    lanes: [lane, { ...lane, tenant: "rival" }],
    tenants: ["acme"],
    dueAt: 5,
    rows: [null],
  });
  two.shared.hint({ wishes: true });
  assert.deepEqual(await atOne.next(), { wishes: true });
  one.shared.hint({ control: true });
  assert.deepEqual(await atTwo.next(), { control: true });
});

Deno.test("a hint that is too long says that everything may have changed", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  await ears(one);
  const atTwo = await ears(two);
  one.shared.hint({ tenants: Array.from({ length: 1_000 }, (_, nth) => `tenant-${nth}-é`) });
  const heard = await atTwo.next();
  assert.deepEqual(heard, { all: true, wishes: true, control: true, dueAt: 0, rows: [null] });
});

Deno.test("a listener whose connection was killed hears that everything may have changed, and hints again", async () => {
  await using lives = await sharedLives();
  const [one, two] = [await lives.begin("one"), await lives.begin("two")];
  const [atOne, atTwo] = [await ears(one), await ears(two)];
  const killed = await lives.database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'mailroom listener two%' and datname = current_database()",
  );
  assert.equal(killed.length, 1);
  assert.equal((await atTwo.next()).all, true);
  one.shared.hint({ wishes: true });
  assert.deepEqual(await atTwo.next(), { wishes: true });
  two.shared.hint({ control: true });
  assert.deepEqual(await atOne.next(), { control: true });
});

Deno.test("a node that is alone hints nothing", async () => {
  await using lives = await sharedLives();
  const one = await lives.begin("one");
  await ears(one);
  const others = await lives.listen();
  one.shared.hint({ wishes: true });
  const two = await lives.begin("two");
  await one.shared.renew(REPORT);
  one.shared.hint({ control: true });
  assert.deepEqual(JSON.parse(await others.next()), [one.generation, { control: true }]);
  await two.shared.close();
});

/** What is heard, one by one. */
async function ears({ shared }: SharedLife): Promise<{ next(): Promise<Hint> }> {
  const heard: Hint[] = [];
  let tell = () => {};
  await shared.listen((hint) => {
    heard.push(hint);
    tell();
  });
  await shared.renew(REPORT);
  return {
    async next() {
      while (heard.length === 0) await new Promise<void>((resolve) => tell = resolve);
      return heard.shift()!;
    },
  };
}

Deno.test("a listener behind a network that swallows everything connects anew, and is closed soon, whatever it is doing", async () => {
  await using database = await migratedDatabase(registry);
  await using proxy = await openTcpProxy({ hostname: "127.0.0.1", port: Number(new URL(database.url).port) });
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const listening = async () => {
    const { promise: everything, resolve } = Promise.withResolvers<void>();
    const hints = new Hints({
      open: (onLost) => openClient({ databaseUrl: url.href, purpose: "listener", node: "test" }, onLost),
      clock: systemClock,
      generation: 1,
      hasOthers: () => true,
    });
    await hints.listen(({ all }) => all && resolve());
    return { hints, everything };
  };
  const soon = async (hints: Hints) => {
    const begunAt = systemClock.monotonic();
    await hints.close();
    const tookMs = systemClock.monotonic() - begunAt;
    assert.ok(tookMs < 3_000, `${tookMs} ms`);
  };

  const { hints: silent } = await listening();
  proxy.pause();
  silent.hint({ wishes: true });
  await soon(silent);
  await proxy.resume();

  const { hints, everything } = await listening();
  const before = proxy.accepted(3);
  proxy.pause();
  await before;
  await proxy.resume();
  await everything;
  const { hints: reconnecting } = await listening();
  proxy.pause();
  await proxy.accepted(5);
  // It is on its way: what it connects to is there again only when nobody wants it any more.
  const closing = soon(reconnecting);
  await proxy.resume();
  await closing;
  await hints.close();
});
