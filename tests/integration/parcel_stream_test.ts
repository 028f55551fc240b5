import assert from "node:assert/strict";
import { counter } from "../../actors/counter/counter.ts";
import { handedScan } from "../../actors/parcel_stream/handed_scan.ts";
import { consumerAt } from "../../actors/parcel_stream/messages.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { parcelTables } from "../../actors/parcel_stream/tables.ts";
import { openOutside } from "../support/outside.ts";
import { ENGINES, openParcelNode, type ParcelNode, TENANT } from "../support/parcel_node.ts";
import { isQuiet } from "../support/test_system.ts";
import { pageOf, scanEventOf, scanOf, sourcePage } from "../support/scan_events.ts";

/** A parcel as the simulator's oracle tells of it. */
async function parcelsOf(node: ParcelNode, stream: string) {
  return (await node.parcels(stream)).map(
    ({ parcelId, lastEventId, type, statusCode, runId, carrierId, createdAt, pickupAt, deliveryAt }) => ({
      parcelId,
      lastEventId,
      type,
      statusCode,
      runId,
      carrierId,
      createdAt,
      pickupAt,
      deliveryAt,
    }),
  );
}

for (const engine of ENGINES) {
  for (const consumers of [0, 3]) {
    Deno.test(`S1-1 S1-2 S1-4 S1-5 S1-6 S1-29 a stream with ${consumers} consumers reads all there is, on ${engine}`, async () => {
      await using source = await openScanSimulator({ seed: 7, events: 3_000, parcels: 200 });
      await using node = await openParcelNode(engine);
      await node.create("main", { baseUrl: source.url, pageLimit: 500, consumers });
      const { checkpoint } = await node.untilStream("main", (row) => row.checkpoint >= source.lastEventId);
      assert.equal(checkpoint, source.lastEventId);
      // What was handed on may still have to be applied.
      await node.until(async () => await node.backlog("main", 3) === 0);
      assert.deepEqual(await parcelsOf(node, "main"), source.oracle());
      const letters = () => node.system.deadLetters.page({ tenant: TENANT, limit: 100 });
      await node.until(async () => (await letters()).length === new Set(source.malformedTexts()).size);
      const raw = (await letters()).map(({ payload }) => JSON.parse(payload).raw).sort();
      assert.deepEqual(raw, [...new Set(source.malformedTexts())].sort());
      const consumersLeft = async () =>
        (await node.system.control.actors({ tenant: TENANT, kind: "parcel-consumer", limit: 10 })).length;
      assert.equal(await consumersLeft(), consumers);
      await node.remove("main");
      await node.until(async () => await consumersLeft() === 0);
    });
  }

  Deno.test(`S1-9 a stream goes on from its checkpoint after a restart, on ${engine}`, async () => {
    await using source = await openScanSimulator({ seed: 3, events: 2_000, parcels: 50, released: 900 });
    await using node = await openParcelNode(engine);
    await node.create("main", { baseUrl: source.url, pageLimit: 100 });
    await node.untilStream("main", ({ checkpoint, behind }) => checkpoint > 0 && behind === 0);
    const before = source.requests.length;
    const { checkpoint } = (await node.stream("main"))!;
    await node.restart();
    source.release();
    await node.untilStream("main", (row) => row.checkpoint === source.lastEventId);
    const asked = source.requests.slice(before).map(({ fromEventId }) => fromEventId);
    assert.ok(asked.every((from) => from > checkpoint), `${checkpoint}: ${asked}`);
    assert.deepEqual(await parcelsOf(node, "main"), source.oracle());
  });

  Deno.test(`S1-12 S1-26 a page that is none is told, retried, and moves nothing, on ${engine}`, async () => {
    const events = [scanEventOf(1, 7, { Type: "PICKUP" }), { EventId: 2, ParcelId: "no" }, scanEventOf(3, 7)];
    const broken = new Set<string>();
    const faults: Readonly<Record<string, readonly [() => Response, RegExp]>> = {
      html: [() => new Response("<!doctype html><p>soon", { headers: { "content-type": "text/html" } }), /JSON/],
      truncated: [
        () => new Response('{"ScanEvents":[{"Ev', { headers: { "content-type": "application/json" } }),
        /JSON/,
      ],
      shape: [() => Response.json({ events: [] }), /ScanEvents/],
      status: [() => new Response("no", { status: 500 }), /500/],
    };
    const sources = Object.entries(faults).map(([name, [fault]]) => [
      `/${name}`,
      (_: Request, url: URL) => broken.has(name) ? fault() : Response.json(sourcePage(events, url)),
    ]);
    await using outside = openOutside(Object.fromEntries(sources));
    await using node = await openParcelNode(engine);
    await Promise.all(
      Object.entries(faults).map(async ([name, [, words]]) => {
        await node.create(name, { baseUrl: `${outside.url}/${name}` });
        const wellAt = (await node.untilStream(name, ({ checkpoint }) => checkpoint === 3)).polledAt!;
        // A source that mostly answers: else nobody would ask it for half a minute.
        await node.untilStream(name, ({ polledAt }) => polledAt! >= wellAt + 500);
        broken.add(name);
        const failing = await node.untilStream(name, ({ status }) => status === "failing");
        assert.match(failing.lastError!, words);
        assert.equal(failing.checkpoint, 3);
        // As above: the others may take a while.
        broken.delete(name);
      }),
    );
    events.push(scanEventOf(5, 7, { Type: "DELIVERY" }));
    for (const [name, [, words]] of Object.entries(faults)) {
      const well = await node.untilStream(name, ({ status, checkpoint }) => status === "running" && checkpoint === 5);
      assert.match(well.lastError!, words);
      assert.equal((await parcelsOf(node, name))[0]!.type, "DELIVERY");
    }
    const letters = await node.system.deadLetters.page({ tenant: TENANT, limit: 100 });
    assert.deepEqual(
      letters.map(({ kind, key, payload }) => [kind, key, JSON.parse(payload).raw]).sort(),
      Object.keys(faults).sort().map((name) => ["malformed-scan", name, '{"EventId":2,"ParcelId":"no"}']),
    );
    assert.deepEqual(node.recorder.of("actor.parked"), []);
  });

  Deno.test(`S1-12 sources that do not answer hold up no stream of another tenant, and no other work, on ${engine}`, async () => {
    await using outside = openOutside({ "/scans": (_, url) => Response.json(sourcePage([scanEventOf(1, 7)], url)) });
    await using node = await openParcelNode(engine);
    const asked = outside.next("/silent?FromEventId=1&Limit=1000");
    for (let index = 0; index < 20; index++) await node.create(`silent-${index}`, { baseUrl: `${outside.url}/silent` });
    await asked;
    await node.create("main", { tenant: "beta", baseUrl: `${outside.url}/scans` });
    await node.until(async () =>
      (await node.system.query("beta", parcelTables.queries.parcel, { parcelId: 7 })).length > 0
    );
    await node.system.tell(counter.at(TENANT, "c1"), "add", { by: 2 });
    await node.until(async () => await node.system.ask(counter.at(TENANT, "c1"), "count") === 2);
    assert.equal(outside.letGo, 0);
  });

  Deno.test(`S1-10 S1-11 old and repeated events change nothing, and are told once, on ${engine}`, async () => {
    const events = [
      scanEventOf(2, 7, { Type: "PICKUP" }),
      scanEventOf(3, 7, { StatusCode: "DEPOT" }),
      scanEventOf(5, 7, { Type: "DELIVERY" }),
    ];
    await using outside = openOutside({ "/scans": (_, url) => Response.json(sourcePage(events, url)) });
    await using node = await openParcelNode(engine);
    await node.create("main", { baseUrl: `${outside.url}/scans`, lookBack: 10 });
    await node.untilStream("main", ({ checkpoint }) => checkpoint === 5);
    const [before] = await node.parcels("main");
    await node.push("main", [events[0], scanEventOf(4, 7, { Type: "DELIVERY" }), events[2], events[0]]);
    await node.until(async () => (await node.history("main", 7)).length === 4);
    // What appears late is found by the look-back.
    events.unshift(scanEventOf(1, 7, { Type: "PICKUP" }));
    await node.until(async () => (await node.history("main", 7)).length === 5);
    const [after] = await node.parcels("main");
    assert.deepEqual(
      { ...before, pickupAt: null, pickupEventId: 1, deliveryAt: null, deliveryEventId: 4, updatedAt: 0 },
      { ...after, pickupAt: null, deliveryAt: null, updatedAt: 0 },
    );
    assert.match(after!.pickupAt!, /0000001Z$/);
    assert.match(after!.deliveryAt!, /0000004Z$/);
    assert.deepEqual((await node.told("parcel.")).map(({ type, subject }) => [type, subject]), [
      ["parcel.picked-up", "parcel/7"],
      ["parcel.status-changed", "parcel/7"],
      ["parcel.delivered", "parcel/7"],
    ]);
    assert.equal((await node.stream("main"))!.checkpoint, 5);
  });

  for (const pageLimit of [1_000, 2]) {
    const how = pageLimit === 2 ? "with more to read" : "at its end";
    Deno.test(`S1-3 S1-25 who pauses, resets or removes a stream in mid-page, ${how}, has the last word, on ${engine}`, async () => {
      const arrived = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const events = [scanEventOf(1, 7), scanEventOf(2, 8)];
      let asked = 0;
      await using outside = openOutside({
        "/scans": async (_, url) => {
          if (++asked === 1) {
            arrived.resolve();
            await held.promise;
          }
          return Response.json(sourcePage(events, url));
        },
      });
      await using node = await openParcelNode(engine);
      await node.create("main", { baseUrl: `${outside.url}/scans`, pageLimit });
      await arrived.promise;
      await node.act("paused", "main");
      held.resolve();
      await node.recorder.until(() => isQuiet(node.system));
      assert.equal((await node.stream("main"))!.checkpoint, 0);
      assert.deepEqual(await node.parcels("main"), []);
      await node.act("resumed", "main");
      await node.untilStream("main", ({ checkpoint }) => checkpoint === 2);
      await node.reset("main", 0);
      await node.untilStream("main", ({ processed }) => processed === 4);
      await node.remove("main");
      await node.until(async () => (await node.parcels("main")).length === 0);
      assert.equal(await node.stream("main"), null);
      assert.deepEqual(node.recorder.of("message.dead-lettered"), []);
      assert.deepEqual(node.recorder.of("actor.parked"), []);
      await node.create("main", { baseUrl: `${outside.url}/scans`, consumers: 2 });
      await node.until(async () => (await node.parcels("main")).length === 2);
    });
  }

  Deno.test(`S1-21 S1-30 pushed events are applied without a source, and the checkpoint stays, on ${engine}`, async () => {
    await using outside = openOutside({ "/scans": () => Response.json(pageOf()) });
    await using node = await openParcelNode(engine);
    for (const consumers of [0, 2]) {
      const name = `pushed-${consumers}`;
      await node.create(name, { baseUrl: `${outside.url}/scans`, consumers });
      await node.push(name, [scanEventOf(9, 7), { EventId: 10 }, scanEventOf(4, 7, { Type: "PICKUP" })]);
      await node.until(async () => (await node.parcels(name)).length === 1);
      const [parcel] = await node.parcels(name);
      assert.deepEqual([parcel!.lastEventId, parcel!.type, parcel!.pickupEventId], [9, "STATUS", 4]);
      assert.equal((await node.stream(name))!.checkpoint, 0);
    }
    await node.until(async () => (await node.system.deadLetters.page({ tenant: TENANT, limit: 10 })).length === 2);
  });

  Deno.test(`S1-31 a stream is ahead of its consumers by a bounded number of messages, on ${engine}`, async () => {
    await using source = await openScanSimulator({ seed: 5, events: 1_000, parcels: 40, malformedPerMille: 0 });
    await using node = await openParcelNode(engine);
    await node.system.control.pauseKind(TENANT, "parcel-consumer");
    await node.create("main", { baseUrl: source.url, pageLimit: 20, consumers: 2 });
    const waiting = () => node.backlog("main", 2);
    await node.until(async () => await waiting() >= 8);
    const { length } = source.requests;
    await node.recorder.next("turn.committed");
    await node.recorder.next("turn.committed");
    assert.equal(await waiting(), 8);
    // One page may be fetched while another is committed.
    assert.ok(source.requests.length <= length + 1, `${source.requests.length}`);
    await node.system.control.resumeKind(TENANT, "parcel-consumer");
    await node.untilStream("main", ({ checkpoint }) => checkpoint === source.lastEventId);
    await node.until(async () => await node.backlog("main", 3) === 0);
    assert.deepEqual(await parcelsOf(node, "main"), source.oracle());
  });

  Deno.test(`S1-31 what one consumer cannot apply is given up, and all else goes on, on ${engine}`, async () => {
    await using source = await openScanSimulator({ seed: 6, events: 1_000, parcels: 40, malformedPerMille: 0 });
    await using node = await openParcelNode(engine);
    await node.create("main", { baseUrl: source.url, pageLimit: 50, consumers: 3 });
    const { createdAt } = (await node.stream("main"))!;
    const poison = handedScan({ ...scanOf(1, 1), type: "X".repeat(70_000) });
    await node.system.tell(consumerAt(TENANT, "main", 1), "apply", { stream: "main", createdAt, scans: [poison] });
    await node.untilStream("main", ({ checkpoint }) => checkpoint === source.lastEventId);
    await node.until(async () => await node.backlog("main", 3) === 0);
    assert.deepEqual(await parcelsOf(node, "main"), source.oracle());
    assert.deepEqual(node.recorder.of("message.dead-lettered").map(({ kind, key }) => [kind, key]), [
      ["parcel-consumer", "main.1"],
    ]);
  });
}
