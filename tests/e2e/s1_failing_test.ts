import assert from "node:assert/strict";
import { openScanSimulator } from "../../actors/parcel_stream/simulator/simulator.ts";
import { apiOf, until } from "../support/api.ts";
import { createStream, readStream, readUpTo, STREAM_ENV } from "../support/parcel_streams.ts";
import { startServer } from "../support/running_server.ts";

const STREAM = "depot";

Deno.test("a stream whose source fails is no riddle", async (t) => {
  await using source = await openScanSimulator({ seed: 21, events: 300, parcels: 20, released: 100 });
  await using server = await startServer({ env: STREAM_ENV });
  const api = apiOf(server);
  await createStream(api, { name: STREAM, baseUrl: source.url, pollIntervalMs: 1_000 });
  await until("it has read what there is", async () => (await readStream(api, STREAM)).checkpoint > 90 || undefined);
  source.setFaults({ serverError: 1_000 });

  await t.step("the log has a line for it, with what can be looked for as fields [S1-13]", async () => {
    const { time, level, category, message, ...fields } = await until("a page fails", () => {
      const lines = server.logs().map((line) => JSON.parse(line));
      return Promise.resolve(lines.find(({ line, key }) => line === "page failed" && key === STREAM));
    });
    assert.ok(time && level && category && message);
    assert.deepEqual([fields.tenant, fields.kind, fields.levelField], ["demo", "parcel-stream", "warn"]);
    const ended = server.logs().map((line) => JSON.parse(line)).find(({ errorClass }) => errorClass === "server-error");
    assert.deepEqual([ended.message, ended.upstream], ["request ended", "parcel-source"]);
  });

  await t.step("the stream and the health check say what is wrong, why, and where it is [S1-23, S1-32]", async () => {
    // The line comes while the turn runs, the row when it is committed.
    const seen = await until("its row says so", async () => {
      const row = await readStream(api, STREAM);
      return row.status === "failing" ? row : undefined;
    });
    assert.match(seen.lastError ?? "", /500/);
    assert.ok(seen.checkpoint > 90 && seen.checkpoint <= source.lastEventId);
    const { status, storage, upstreams } = await (await api.send("GET", "/health")).json();
    assert.deepEqual([status, storage], ["ready", "ok"]);
    const { breaker } = upstreams.find(({ name }: { name: string }) => name === "scan-api");
    assert.equal(breaker, "closed");
    const ready = await api.send("GET", "/health/ready");
    await ready.body?.cancel();
    assert.equal(ready.status, 200);
  });

  await t.step("the metrics count its calls by how they ended [S1-24]", async () => {
    const counted = await metric(server, "mailroom_upstream_requests_total");
    assert.ok((counted.get("none") ?? 0) > 0, "calls that went well");
    assert.ok((counted.get("server-error") ?? 0) > 0, "calls that failed");
    assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), new RegExp(new URL(source.url).host));
  });

  await t.step(
    "when the source is well again so is the stream, and the whole way of its events can be seen [S1-32]",
    async () => {
      source.setFaults({});
      source.release();
      const seen = await readUpTo(api, STREAM, source.lastEventId);
      assert.deepEqual([seen.status, seen.checkpoint], ["running", source.lastEventId]);
      const told = await api.eventsSince(0, ({ data }) => data.eventId === lastTold(source.scans()));
      assert.ok(told.some(({ type }) => type === "parcel.picked-up") && told.every(({ subject }) => subject !== ""));
      const { items } = await (await api.send("GET", "/api/dead-letters?kind=malformed-scan")).json();
      assert.equal(items.length, new Set(source.malformedTexts()).size);
    },
  );
});

/** The last event that changes its parcel's type or status. */
function lastTold(scans: readonly { parcelId: number; eventId: number; type: string; statusCode: string }[]): number {
  const latest = new Map<number, string>();
  let told = 0;
  for (const { parcelId, eventId, type, statusCode } of scans) {
    if (latest.get(parcelId) !== `${type} ${statusCode}`) told = eventId;
    latest.set(parcelId, `${type} ${statusCode}`);
  }
  return told;
}

/** Sums by error class. */
async function metric({ url }: { readonly url: string }, name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, labels, value] of text.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)`, "gm"))) {
    const errorClass = /errorClass="([^"]*)"/.exec(labels!)?.[1] ?? "";
    sums.set(errorClass, (sums.get(errorClass) ?? 0) + Number(value));
  }
  return sums;
}
