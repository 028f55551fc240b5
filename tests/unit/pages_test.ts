import assert from "node:assert/strict";
import { createPages } from "../../runtime/events/pages.ts";
import type { StoreReads } from "../../runtime/store/contract.ts";
import { LogModel } from "../support/log_model.ts";

function setup({ count = 2_000, data = "{}" } = {}): { read: StoreReads; log: LogModel; reads: number[] } {
  const log = new LogModel();
  log.append(count);
  const reads: number[] = [];
  const read = {
    async events(tenant: string, page: { after: number; limit: number }) {
      reads.push(page.after);
      return (await log.read.events(tenant, page)).map((event) => ({ ...event, data }));
    },
  } as Partial<StoreReads> as StoreReads;
  return { read, log, reads };
}

Deno.test("Pages.after() answers what follows, up to where pages end for everybody", async () => {
  const { read } = setup();
  const pages = createPages(read, "acme");
  const edges = async (cursor: number) => {
    const events = await pages.after(cursor, 0).events;
    return [events[0]!.number, events.at(-1)!.number];
  };
  assert.deepEqual(await edges(0), [1, 256]);
  assert.deepEqual(await edges(200), [201, 256]);
  assert.deepEqual(await edges(256), [257, 512]);
  assert.deepEqual(await edges(1_990), [1_991, 2_000]);
  assert.deepEqual(await pages.after(2_000, 0).events, []);
});

Deno.test("Pages.after() reads a page once for those who ask meanwhile or soon after, and keeps only a few", async () => {
  const { read, reads } = setup({ count: 256 * 40 });
  const pages = createPages(read, "acme");
  const [one, other] = await Promise.all([pages.after(256, 0).events, pages.after(256, 0).events]);
  assert.equal(one, other);
  assert.equal(await pages.after(256, 9).events, one);
  assert.deepEqual(reads, [256]);
  for (let page = 2; page < 20; page++) await pages.after(page * 256, 0).events;
  assert.notEqual(await pages.after(256, 0).events, one);
});

Deno.test("Pages.after() reads what may yet grow anew, and says of which version it is", async () => {
  const { read, log, reads } = setup({ count: 10 });
  const pages = createPages(read, "acme");
  const early = pages.after(10, 1);
  assert.equal(pages.after(10, 2).version, 1);
  assert.deepEqual(await early.events, []);
  log.append(1);
  const late = pages.after(10, 3);
  assert.deepEqual([(await late.events).length, late.version], [1, 3]);
  assert.deepEqual(reads, [10, 10]);
});

Deno.test("Pages.after() keeps no heavy page, and none that could not be read", async () => {
  const { read, reads } = setup({ data: "x".repeat(1_000) });
  const pages = createPages(read, "acme");
  await pages.after(0, 0).events;
  await pages.after(0, 0).events;
  assert.deepEqual(reads, [0, 0]);
  let isBroken = true;
  const events: StoreReads["events"] = (tenant, page) =>
    isBroken ? Promise.reject(new Error("the disk is gone")) : read.events(tenant, page);
  const frail = createPages({ ...read, events }, "acme");
  await assert.rejects(frail.after(0, 0).events, /the disk is gone/);
  isBroken = false;
  assert.equal((await frail.after(0, 0).events).length, 256);
});
