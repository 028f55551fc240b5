import assert from "node:assert/strict";
import { sleep, systemClock } from "../../runtime/core/clock.ts";
import { before } from "../support/deadline.ts";
import { migratedDatabase } from "../support/migrated_postgres.ts";
import { type ServedNode, servedRegistry, serveNode } from "../support/served_node.ts";
import { openTcpProxy } from "../support/tcp_proxy.ts";

/** A client that follows acme's events, and goes on at another node after each `perNode` of them. */
class Reader {
  readonly numbers: number[] = [];
  readonly #nodes: readonly ServedNode[];
  readonly #perNode: number;
  #at: number;

  constructor(nodes: readonly ServedNode[], { at, perNode }: { at: number; perNode: number }) {
    [this.#nodes, this.#at, this.#perNode] = [nodes, at, perNode];
  }

  /** Up to the event of this number. */
  async follow(last: () => number): Promise<void> {
    while ((this.numbers.at(-1) ?? 0) < last()) {
      const stream = await this.#nodes[this.#at++ % this.#nodes.length]!.stream(this.numbers.at(-1) ?? 0);
      for (let count = 0; count < this.#perNode && (this.numbers.at(-1) ?? 0) < last(); count++) {
        const event = await stream.nextEvent();
        // The node was cut off, or ends: the next one.
        if (event === null) break;
        this.numbers.push(Number(event.id));
      }
      await stream.cancel();
    }
  }
}

Deno.test("readers that move between three nodes get every event once, in order, while hints and connections are lost (P14)", async () => {
  await using database = await migratedDatabase(servedRegistry);
  const url = new URL(database.url);
  await using proxy = await openTcpProxy({ hostname: url.hostname, port: Number(url.port) });
  const proxied = new URL(url);
  proxied.port = String(proxy.port);
  await using one = await serveNode({ databaseUrl: url.href, node: "one" });
  await using two = await serveNode({ databaseUrl: url.href, node: "two" });
  await using three = await serveNode({ databaseUrl: proxied.href, node: "three" });
  const nodes = [one, two, three];
  let last = Infinity;
  const readers = Array.from({ length: 12 }, (_, nth) => new Reader(nodes, { at: nth, perNode: 5 + 40 * nth }));
  const reading = Promise.all(readers.map((reader) => reader.follow(() => last)));
  reading.catch(() => {});
  let accepted = 0;
  for (let round = 0; round < 40; round++) {
    if (round % 8 === 5) proxy.reset();
    const answers = await Promise.all(nodes.flatMap((node) => [node.submit(), node.submit()]));
    accepted += answers.filter(({ status }) => status === 201).length;
    for (const answer of answers) await answer.body?.cancel();
    if (answers.some(({ status }) => status !== 201)) await sleep(systemClock, 50);
  }
  assert.ok(accepted > 150, `${accepted} accepted`);
  const begunAt = systemClock.monotonic();
  while (nodes.some(({ system }) => system.health().pending > 0) && systemClock.monotonic() - begunAt < 20_000) {
    await sleep(systemClock, 20);
  }
  last = await one.system.feed.last("acme");
  // Of which everybody hears, and then ends.
  assert.equal((await one.submit()).status, 201);
  const late = () => new Error(`They have ${readers.map(({ numbers }) => numbers.length)} of ${last}`);
  await before(reading, 10_000, late);
  const stored = await database.query<{ number: number }>(
    "select number from events where tenant = 'acme' order by number",
  );
  for (const { numbers } of readers) {
    assert.deepEqual(
      numbers,
      stored.slice(0, numbers.length).map(({ number }) => number),
    );
  }
  assert.ok(readers.every(({ numbers }) => numbers.length >= last));
  assert.deepEqual(nodes.map(({ fatal }) => fatal), [null, null, null]);
});

Deno.test("what a job does at one node reaches a reader at another at once, and its last event does not wait for the first", async () => {
  await using database = await migratedDatabase(servedRegistry);
  await using one = await serveNode({ databaseUrl: database.url, node: "one" });
  await using two = await serveNode({ databaseUrl: database.url, node: "two" });
  const stream = await two.stream(0);
  const tookMs: number[] = [];
  for (let round = 0; round < 20; round++) {
    const begunAt = systemClock.monotonic();
    assert.equal((await one.submit()).status, 201);
    for (let event = await stream.nextEvent(); event?.event !== "job.succeeded"; event = await stream.nextEvent());
    tookMs.push(systemClock.monotonic() - begunAt);
    await sleep(systemClock, 100);
  }
  const median = tookMs.sort((a, b) => a - b)[10]!;
  // By hints 15 ms on a quiet machine; by polls 500.
  assert.ok(median < 250, `${tookMs}`);
  await stream.cancel();
});
