import assert from "node:assert/strict";
import type { FaultProfile, SimulatedParcel } from "../../actors/parcel_stream/simulator/contract.ts";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { scanEvent, scanPage } from "../../actors/parcel_stream/scan_event.ts";

const options = { seed: 7, events: 3_000, parcels: 100 };

async function pageAt(url: string, fromEventId: number, limit = 1_000): Promise<readonly unknown[]> {
  const response = await fetch(`${url}?FromEventId=${fromEventId}&Limit=${limit}`);
  return scanPage.parse(await response.json()).ScanEvents;
}

/** How a request ends: its status and text, or that there was none. */
async function outcomeOf(url: string): Promise<{ status: number; text: string; headers: Headers } | null> {
  try {
    const response = await fetch(`${url}?FromEventId=1&Limit=100`);
    return { status: response.status, text: await response.text(), headers: response.headers };
  } catch {
    return null;
  }
}

const idOf = (event: unknown) => scanEvent.parse(event).EventId;

Deno.test("openScanSimulator() serves every event once, in order, with holes, when pages follow each other", async () => {
  await using simulator = await openScanSimulator(options);
  const seen: unknown[] = [];
  for (let from = 1; from <= simulator.lastEventId;) {
    const page = await pageAt(simulator.url, from, 100);
    seen.push(...page);
    from = Math.max(...page.flatMap((event) => scanEvent.safeParse(event).data?.EventId ?? [])) + 1;
  }
  const ids = seen.flatMap((event) => scanEvent.safeParse(event).data?.EventId ?? []);
  assert.deepEqual(ids, ids.toSorted((one, other) => one - other));
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids.at(-1), simulator.lastEventId);
  assert.ok(simulator.lastEventId > options.events * 1.01, "there are holes");
  const events = seen.map((event) => scanEvent.safeParse(event).data);
  for (const type of ["PICKUP", "STATUS", "DELIVERY"]) assert.ok(events.some((event) => event?.Type === type));
  for (const event of events) if (event) assert.match(event.CreatedDateTimeUtc, /\.\d{7}Z$/);
});

Deno.test("its malformed events are those that do not read as scan events, and the last event is none of them", async () => {
  await using simulator = await openScanSimulator({ ...options, malformedPerMille: 100, holesPerMille: 0 });
  const pages = [
    await pageAt(simulator.url, 1),
    await pageAt(simulator.url, 1_001),
    await pageAt(simulator.url, 2_001),
  ];
  const malformed = pages.flat().filter((event) => !scanEvent.safeParse(event).success);
  assert.deepEqual(malformed.map((event) => JSON.stringify(event)), simulator.malformedTexts());
  assert.equal(malformed.length, simulator.malformed);
  assert.ok(malformed.length > 200);
  assert.equal(idOf(pages.at(-1)!.at(-1)), simulator.lastEventId);
});

Deno.test("its oracle is what a person would say of a few events, up to each of them", async () => {
  await using simulator = await openScanSimulator({ seed: 3, events: 60, parcels: 2, malformedPerMille: 0 });
  const events = (await pageAt(simulator.url, 1)).map((event) => scanEvent.parse(event));
  for (const [index, { EventId, ParcelId }] of events.entries()) {
    const own = events.slice(0, index + 1).filter((event) => event.ParcelId === ParcelId);
    const latest = own.at(-1)!;
    const expected: SimulatedParcel = {
      parcelId: ParcelId,
      lastEventId: EventId,
      type: latest.Type,
      statusCode: latest.StatusCode,
      runId: latest.User?.RunId ?? null,
      carrierId: latest.User?.CarrierId ?? null,
      createdAt: latest.CreatedDateTimeUtc,
      pickupAt: own.find(({ Type }) => Type === "PICKUP")?.CreatedDateTimeUtc ?? null,
      deliveryAt: own.find(({ Type }) => Type === "DELIVERY")?.CreatedDateTimeUtc ?? null,
    };
    assert.deepEqual(simulator.oracle(EventId).find(({ parcelId }) => parcelId === ParcelId), expected);
  }
});

Deno.test("the same seed makes the same events and the same faults", async () => {
  const faults = { serverError: 200, empty: 200, duplicates: 200, repeated: 200, html: 100 };
  await using one = await openScanSimulator({ ...options, faults });
  await using other = await openScanSimulator({ ...options, faults });
  for (let call = 0; call < 20; call++) {
    const [first, second] = [await outcomeOf(one.url), await outcomeOf(other.url)];
    assert.deepEqual([first?.status, first?.text], [second?.status, second?.text]);
  }
  assert.ok(new Set(one.requests.map(({ fault }) => fault)).size >= 5);
  assert.deepEqual(one.oracle(), other.oracle());
});

Deno.test("each fault is met when it must be", async (test) => {
  await using simulator = await openScanSimulator({ ...options, hangMs: 20 });
  const meet = (name: keyof FaultProfile, judge: (seen: Awaited<ReturnType<typeof outcomeOf>>) => boolean) =>
    test.step(name, async () => {
      simulator.setFaults({ [name]: 1_000 });
      for (let call = 0; call < 12; call++) {
        const seen = await outcomeOf(simulator.url);
        assert.ok(judge(seen), `${seen?.status}: ${seen?.text}`);
        assert.equal(simulator.requests.at(-1)?.fault, name);
      }
    });
  const idsOf = (text: string) =>
    scanPage.parse(JSON.parse(text)).ScanEvents.flatMap((event) => scanEvent.safeParse(event).data?.EventId ?? []);
  await meet("serverError", (seen) => seen?.status === 500);
  await meet("hang", (seen) => seen === null);
  await meet("reset", (seen) => seen === null);
  await meet("truncated", (seen) => seen === null || (seen.status === 200 && !isJson(seen.text)));
  await meet("html", (seen) => seen?.status === 200 && seen.headers.get("content-type") === "text/html");
  await meet("empty", (seen) => seen?.text === '{"ScanEvents":[]}');
  await meet("duplicates", (seen) => new Set(idsOf(seen!.text)).size < idsOf(seen!.text).length);
  await meet("repeated", (seen) => idsOf(seen!.text)[0] === 1 || idsOf(seen!.text)[0] === 2);
  const ways = new Set<string>();
  await meet("limited", (seen) => {
    ways.add(seen!.headers.get("retry-after")?.replace(/.*GMT/, "date") ?? "words");
    return seen?.status === 429;
  });
  assert.deepEqual([...ways].toSorted(), ["1", "date", "words"]);
});

Deno.test("a repeated page is the one before", async () => {
  await using simulator = await openScanSimulator({ ...options, malformedPerMille: 0, faults: { repeated: 1_000 } });
  const repeated = await pageAt(simulator.url, 500, 50);
  simulator.setFaults({});
  const [next] = await pageAt(simulator.url, 500, 1);
  assert.equal(repeated.length, 50);
  assert.ok(idOf(repeated.at(-1)) < idOf(next));
});

Deno.test("calls that come before a Retry-After has passed are counted as early", async () => {
  await using simulator = await openScanSimulator({ ...options, faults: { limited: 1_000 } });
  await outcomeOf(simulator.url);
  assert.equal(simulator.early.length, 0);
  await outcomeOf(simulator.url);
  const [request] = simulator.requests;
  assert.deepEqual(simulator.early.map(({ askedAt }) => askedAt), [request!.at]);
});

Deno.test("events appear when they are released", async () => {
  await using simulator = await openScanSimulator({ ...options, released: 10 });
  assert.equal((await pageAt(simulator.url, 1)).length, 10);
  simulator.release(5);
  assert.equal((await pageAt(simulator.url, 1)).length, 15);
  simulator.release();
  assert.equal((await pageAt(simulator.url, 1)).length, 1_000);
});

Deno.test("it refuses connections while it is stopped, and is at the same address afterwards", async () => {
  await using simulator = await openScanSimulator(options);
  await simulator.stop();
  assert.equal(await outcomeOf(simulator.url), null);
  await simulator.start();
  assert.equal((await outcomeOf(simulator.url))?.status, 200);
});

Deno.test("as a process of its own it is asked and told over HTTP", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "actors/parcel_stream/simulator/main.ts",
      "--seed",
      "7",
      "--events",
      "3000",
      "--parcels",
      "100",
    ],
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { url } = JSON.parse((await output.read()).value!);
  const control = new URL("/simulator", url).href;
  await using twin = await openScanSimulator(options);
  assert.equal((await pageAt(url, 1)).length, 1_000);
  const told = await (await fetch(`${control}/oracle?upTo=500`)).json();
  assert.deepEqual(told, { parcels: twin.oracle(500), malformed: twin.malformedTexts(500) });
  await (await fetch(`${control}/faults?serverError=1000`, { method: "POST" })).body?.cancel();
  assert.equal((await outcomeOf(url))?.status, 500);
  const requests = await (await fetch(`${control}/requests`)).json();
  assert.deepEqual(requests.map(({ status }: { status: number }) => status), [200, 500]);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await output.cancel();
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
