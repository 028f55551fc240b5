import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openParcelRoutes, type ParcelRoutesRig } from "../support/parcel_routes_rig.ts";
import { scanEventOf } from "../support/scan_events.ts";
import { problemIn } from "../support/test_app.ts";

const ENGINES = ["sqlite", "postgres"] as const;
const ORDER = { name: "north", baseUrl: "https://scans.example/v1/scans/scanevents" };
const SECRET = "hush-5b2f";

/** Pushes events and waits until the stream has applied them. */
async function push(rig: ParcelRoutesRig, name: string, events: readonly unknown[]): Promise<void> {
  const { processed } = await rig.ask(200, "GET", `/api/streams/${name}`);
  assert.deepEqual(await rig.ask(202, "POST", `/api/streams/${name}/events`, events), { accepted: events.length });
  await rig.until(`/api/streams/${name}`, (stream) => stream.processed === processed + events.length);
}

Deno.test("a stream is created as it was ordered, and the values of its headers are shown to nobody", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const headers = { "X-Api-Key": SECRET, "Accept-Language": "de" };
  const more = { limit: 50, pollIntervalMs: 60_000, lookBack: 20, consumers: 2 };
  const made = await rig.send("POST", "/api/streams", { ...ORDER, ...more, headers });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), "/api/streams/north");
  const stream = await made.json();
  assert.deepEqual(stream.headers, ["X-Api-Key", "Accept-Language"]);
  assert.deepEqual({ ...stream, ...ORDER, ...more }, stream);
  assert.deepEqual([stream.checkpoint, stream.processed, stream.behind, stream.lagMs], [0, 0, false, null]);
  const failing = await rig.until("/api/streams/north", ({ status }) => status === "failing");
  assert.ok(failing.lastError.length > 0 && failing.failures > 0 && Date.parse(failing.failedAt) > 0);
  const list = await rig.ask(200, "GET", "/api/streams");
  assert.deepEqual(list.items.map(({ name }: { name: string }) => name), ["north"]);
  const audit = await rig.ask(200, "GET", "/api/audit");
  assert.deepEqual(audit.items.map(({ action, subject }: Record<string, string>) => [action, subject]), [
    ["createParcelStream", "stream/north"],
  ]);
  const said = [stream, failing, list, audit, await rig.ask(200, "GET", "/api/actors/parcel-stream/north")];
  assert.ok(!JSON.stringify(said).includes(SECRET));
});

Deno.test("of two streams of one name the second is answered 409, though both are asked for at once", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const both = await Promise.all([1, 2].map(() => rig.send("POST", "/api/streams", ORDER)));
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  const problem = await problemIn(both.find(({ status }) => status === 409)!, 409);
  assert.match(problem.detail, /stream of this name/);
  await problemIn(await rig.send("POST", "/api/streams", ORDER), 409);
});

Deno.test("a stream that cannot be is refused, and told what is wrong where", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const bad: readonly (readonly [part: object, pointer: string])[] = [
    ...["", "North", "a b", "a.b", "a/b", "-a", "a".repeat(101), 1, null, undefined].map((name) =>
      [{ name }, "/name"] as const
    ),
    ...[
      "",
      "scans.example",
      "/v1",
      "ftp://scans.example",
      "file:///etc/passwd",
      "http:scans.example/v1",
      "https://ada:pw@scans.example/",
      "https://scans.example/?key=1",
      "https://scans.example/#a",
      "http://127.0.0.1/v1",
      "http://localhost/v1",
      "http://2130706433/",
      "http://[::1]/",
      "http://169.254.169.254/latest",
      "http://10.1.2.3/",
      "http://scans.example:25/",
      "x".repeat(2_049),
      null,
      undefined,
    ].map((baseUrl) => [{ baseUrl }, "/baseUrl"] as const),
    ...[0, 1_001, 1.5, "10"].map((limit) => [{ limit }, "/limit"] as const),
    ...[99, 86_400_001].map((pollIntervalMs) => [{ pollIntervalMs }, "/pollIntervalMs"] as const),
    ...[-1, 100_001].map((lookBack) => [{ lookBack }, "/lookBack"] as const),
    ...[-1, 65].map((consumers) => [{ consumers }, "/consumers"] as const),
    [{ headers: { "Host": "x" } }, "/headers/Host"],
    [{ headers: { "transfer-encoding": "x" } }, "/headers/transfer-encoding"],
    [{ headers: { "a b": "x" } }, "/headers/a b"],
    [{ headers: { "X-Key": "a\r\nb" } }, "/headers/X-Key"],
    [{ headers: { "X-Key": "a", "x-key": "b" } }, "/headers"],
    [{ status: "paused" }, "/status"],
  ];
  for (const [part, pointer] of bad) {
    const problem = await problemIn(await rig.send("POST", "/api/streams", { ...ORDER, ...part }), 422);
    const pointers = problem.errors?.map(({ pointer }) => pointer) ?? [];
    assert.ok(pointers.some((found) => found === pointer || found === ""), `${JSON.stringify(part)}: ${pointers}`);
  }
  assert.deepEqual((await rig.ask(200, "GET", "/api/streams")).items, []);
});

Deno.test("streams are listed by name, in pages", async () => {
  await using rig = await openParcelRoutes("sqlite");
  const names = ["a", "a-1", "a0", "b", "b-b-b", "c9", "z"];
  for (const name of names.toReversed()) await rig.ask(201, "POST", "/api/streams", { ...ORDER, name });
  const listed = await rig.walk("/api/streams", 2);
  assert.deepEqual(listed.map(({ name }) => name), [...names].sort());
  await problemIn(await rig.send("GET", "/api/streams?cursor=YWJj"), 400);
});

for (const engine of ENGINES) {
  Deno.test(`S1-21 events that are pushed are applied once, as many as come and whatever comes twice, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.paused("north");
    // More than a message holds: they are one commit of several.
    const long = "x".repeat(200);
    const events = Array.from({ length: 1_000 }, (_, index) =>
      scanEventOf(index + 1, 5_000 + index % 40, {
        Type: index < 40 ? "PICKUP" : index >= 960 ? "DELIVERY" : "STATUS",
        StatusCode: long,
        User: { UserId: long, CarrierId: long, RunId: "100" },
      }));
    assert.ok(JSON.stringify(events).length > 3 * 256 * 1024);
    await push(rig, "north", events);
    const parcel = await rig.ask(200, "GET", "/api/parcels/5002");
    assert.deepEqual(parcel, {
      parcelId: 5_002,
      stream: "north",
      lastEventId: 963,
      type: "DELIVERY",
      statusCode: long,
      runId: "100",
      carrierId: long,
      createdAt: "2021-05-11T21:11:34.0000963Z",
      pickupAt: "2021-05-11T21:11:34.0000003Z",
      deliveryAt: "2021-05-11T21:11:34.0000963Z",
    });
    const history = await rig.walk("/api/parcels/5002/history", 7);
    assert.deepEqual(history.map(({ eventId }) => eventId), Array.from({ length: 25 }, (_, at) => 963 - 40 * at));
    const before = await rig.walk("/api/parcels", 200);
    assert.deepEqual(await rig.ask(202, "POST", "/api/streams/north/events", { ScanEvents: events }), {
      accepted: 1_000,
    });
    await rig.until("/api/actors/parcel-stream/north", ({ mailboxDepth }) => mailboxDepth <= 1);
    assert.deepEqual(await rig.walk("/api/parcels", 200), before);
    const stream = await rig.ask(200, "GET", "/api/streams/north");
    assert.deepEqual([stream.processed, stream.checkpoint, stream.status], [1_000, 0, "paused"]);
  });

  Deno.test(`S1-4 S1-8 parcels are found by each of their filters, in pages, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.paused("north");
    await rig.paused("south");
    const types = ["PICKUP", "STATUS", "DELIVERY"];
    const codes = ["", "NEW", "OUT"];
    const eventsOf = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) =>
        scanEventOf(index + 1, from + index, {
          Type: types[index % 3],
          StatusCode: codes[Math.trunc(index / 3) % 3],
          User: { UserId: "u", CarrierId: "NC", RunId: index % 5 === 0 ? null : `${index % 5}` },
        }));
    await push(rig, "north", eventsOf(1, 90));
    await push(rig, "south", eventsOf(50, 60));
    const all = await rig.walk("/api/parcels", 200);
    assert.equal(all.length, 150);
    const places = all.map(({ parcelId, stream }) => [parcelId, stream]);
    assert.deepEqual(places, places.toSorted((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)));
    type Parcel = Readonly<Record<string, unknown>>;
    const filters: readonly (readonly [query: string, fits: (parcel: Parcel) => boolean])[] = [
      ["", () => true],
      ["type=PICKUP", ({ type }) => type === "PICKUP"],
      ["status=OUT", ({ statusCode }) => statusCode === "OUT"],
      ["status=", ({ statusCode }) => statusCode === ""],
      ["runId=3", ({ runId }) => runId === "3"],
      ["stream=south", ({ stream }) => stream === "south"],
      ["stream=south&type=STATUS", ({ stream, type }) => stream === "south" && type === "STATUS"],
      ["stream=north&status=NEW", ({ stream, statusCode }) => stream === "north" && statusCode === "NEW"],
      [
        "type=DELIVERY&status=NEW&runId=2",
        (one) => one.type === "DELIVERY" && one.statusCode === "NEW" && one.runId === "2",
      ],
      ["type=NOTHING", () => false],
      ["updatedSince=2000-01-01T00:00:00Z", () => true],
      [
        "updatedSince=2000-01-01T00:00:00Z&stream=north&type=STATUS",
        ({ stream, type }) => stream === "north" && type === "STATUS",
      ],
      ["updatedSince=2999-01-01T00:00:00%2B01:00", () => false],
    ];
    for (const [query, fits] of filters) {
      const found = await rig.walk(`/api/parcels?${query}`, 7);
      const wanted = all.filter(fits);
      if (query.startsWith("updatedSince")) {
        const idsOf = (parcels: readonly Parcel[]) =>
          parcels.map(({ parcelId, stream }) => `${parcelId} ${stream}`).sort();
        assert.deepEqual(idsOf(found), idsOf(wanted), query);
      } else assert.deepEqual(found, wanted, query);
      const csv = await (await rig.send("GET", `/api/parcels.csv?${query}`)).text();
      assert.equal(csv.split("\r\n").length - 2, wanted.length, query);
    }
    const counts = await rig.ask(200, "GET", "/api/parcels/counts");
    assert.deepEqual(
      counts.items,
      ["north", "south"].flatMap((stream) =>
        types.toSorted().map((type) => ({
          stream,
          type,
          parcels: all.filter((one) => one.stream === stream && one.type === type).length,
        }))
      ),
    );
    // In both streams; the one that heard of it last answers, unless one asks.
    assert.equal((await rig.ask(200, "GET", "/api/parcels/60")).stream, "south");
    assert.equal((await rig.ask(200, "GET", "/api/parcels/60?stream=north")).stream, "north");
    assert.equal((await rig.ask(200, "GET", "/api/parcels/60/history?stream=north")).stream, "north");
    await problemIn(await rig.send("GET", "/api/parcels/60?stream=west"), 404);
    await problemIn(await rig.send("GET", "/api/parcels/9007199254740993"), 404);
  });

  Deno.test(`a stream that is deleted is gone with its parcels, and another of its name knows nothing of them, on ${engine}`, async () => {
    await using rig = await openParcelRoutes(engine);
    await rig.paused("north");
    await push(rig, "north", Array.from({ length: 50 }, (_, at) => scanEventOf(at + 1, at)));
    await rig.ask(204, "DELETE", "/api/streams/north");
    await problemIn(await rig.send("GET", "/api/streams/north"), 404);
    await problemIn(await rig.send("DELETE", "/api/streams/north"), 404);
    await rig.until("/api/parcels", ({ items }) => items.length === 0);
    await rig.paused("north");
    await push(rig, "north", [scanEventOf(1, 3)]);
    assert.equal((await rig.walk("/api/parcels", 10)).length, 1);
  });
}

Deno.test("a paused stream stays so until it is resumed, and a second pause leaves no row in the audit log", async () => {
  await using rig = await openParcelRoutes("sqlite");
  await rig.paused("north");
  assert.equal((await rig.ask(200, "POST", "/api/streams/north/pause")).status, "paused");
  const reset = await rig.ask(200, "POST", "/api/streams/north/reset", { eventId: 77 });
  assert.deepEqual([reset.status, reset.checkpoint], ["paused", 77]);
  assert.equal((await rig.ask(200, "POST", "/api/streams/north/resume")).status, "running");
  await rig.until("/api/streams/north", ({ status }) => status === "failing");
  const { items } = await rig.ask(200, "GET", "/api/audit");
  assert.deepEqual(items.map(({ action }: { action: string }) => action), [
    "resumeParcelStream",
    "resetParcelStream",
    "pauseParcelStream",
    "createParcelStream",
  ]);
  for (const eventId of [-1, 1.5, "1", null, 2 ** 53]) {
    await problemIn(await rig.send("POST", "/api/streams/north/reset", { eventId }), 422);
  }
});

Deno.test("a stream whose actor is parked says so in the list and by itself, and goes on when it is resumed", async () => {
  await using rig = await openParcelRoutes("sqlite");
  await rig.paused("north");
  await rig.paused("south");
  {
    using file = new DatabaseSync(rig.path);
    file.prepare(
      "insert into supervision (tenant, kind, key, place, restarts, parked_at, park_reason) values (?, ?, ?, ?, ?, ?, ?)",
    ).run("acme", "parcel-stream", "north", 0, "[]", 1_000, "11 failed attempts");
  }
  const one = await rig.ask(200, "GET", "/api/streams/north?fresh");
  assert.deepEqual([one.status, one.parked.reason], ["parked", "11 failed attempts"]);
  const listed = (await rig.ask(200, "GET", "/api/streams")).items;
  assert.deepEqual(listed.map(({ status }: { status: string }) => status), ["parked", "paused"]);
  const resumed = await rig.ask(200, "POST", "/api/streams/north/resume");
  assert.deepEqual([resumed.status, resumed.parked], ["running", null]);
  await rig.until("/api/streams/north", ({ status }) => status === "failing");
});

Deno.test("an export has all parcels, page by page, and no formula; who goes away stops the reading", async () => {
  await using rig = await openParcelRoutes("sqlite");
  await rig.paused("north");
  const formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "plain, quoted"];
  for (const part of [0, 1]) {
    await push(
      rig,
      "north",
      Array.from({ length: 700 }, (_, at) => {
        const id = part * 700 + at + 1;
        return scanEventOf(id, id, { StatusCode: formulas[id % formulas.length] });
      }),
    );
  }
  const file = await rig.send("GET", "/api/parcels.csv");
  assert.equal(file.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(file.headers.get("content-disposition") ?? "", /attachment; filename="parcels.csv"/);
  const [head, ...lines] = (await file.text()).split("\r\n").slice(0, -1);
  assert.equal(
    head,
    "parcelId,stream,lastEventId,type,statusCode,runId,carrierId,createdAt,pickupAt,deliveryAt",
  );
  assert.deepEqual(lines.map((line) => Number(line.split(",")[0])), Array.from({ length: 1_400 }, (_, at) => at + 1));
  const codes = lines.map((line) => line.split(",STATUS,")[1]!);
  assert.ok(codes.every((code) => !/^"?[=+\-@\t]/.test(code)), "no field begins a formula");
  assert.ok(codes.some((code) => code.startsWith("'=1+1,")));
  const left = (await rig.send("GET", "/api/parcels.csv")).body!.getReader();
  assert.ok((await left.read()).value!.length > 0);
  await left.cancel();
  assert.equal(rig.fatal, null);
});

Deno.test("what is pushed to no stream is answered 404, what are no events 422, too many 413", async () => {
  await using rig = await openParcelRoutes("sqlite");
  await problemIn(await rig.send("POST", "/api/streams/north/events", [scanEventOf(1, 1)]), 404);
  await rig.paused("north");
  const events = Array.from({ length: 1_001 }, (_, at) => scanEventOf(at + 1, at));
  for (const body of [[], {}, { ScanEvents: {} }, { ScanEvents: [] }, "x", 1, { ScanEvents: [1], more: 1 }, events]) {
    await problemIn(await rig.send("POST", "/api/streams/north/events", body), 422);
  }
  const huge = scanEventOf(1, 1, { Note: "x".repeat(300_000) });
  const problem = await problemIn(await rig.send("POST", "/api/streams/north/events", [scanEventOf(2, 2), huge]), 422);
  assert.equal(problem.errors?.[0]?.pointer, "/ScanEvents/1");
  const values = Array.from({ length: 900 }, (_, at) => scanEventOf(at + 1, at, { Many: Array(50).fill(1) }));
  await problemIn(await rig.send("POST", "/api/streams/north/events", values), 413);
  assert.deepEqual(await rig.walk("/api/parcels", 10), []);
});

Deno.test("S1-12 S1-26 malformed events that are pushed are set aside, and the others are applied", async () => {
  await using rig = await openParcelRoutes("sqlite");
  await rig.paused("north");
  const events = [scanEventOf(1, 7, { Type: "PICKUP" }), { EventId: 2, ParcelId: "no" }, "text", scanEventOf(3, 7)];
  assert.deepEqual(await rig.ask(202, "POST", "/api/streams/north/events", events), { accepted: 4 });
  const letters = await rig.until("/api/dead-letters?kind=malformed-scan", ({ items }) => items.length === 2);
  assert.ok(JSON.stringify(letters).includes("malformed"));
  const parcel = await rig.until("/api/parcels/7", ({ lastEventId }) => lastEventId === 3);
  assert.deepEqual([parcel.type, parcel.pickupAt], ["STATUS", "2021-05-11T21:11:34.0000001Z"]);
});
