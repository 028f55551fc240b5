import assert from "node:assert/strict";
import { openCardSimulator } from "../../actors/order/simulator/simulator.ts";
import { apiOf } from "../support/api.ts";
import { ended, order, orderOf } from "../support/card_orders.ts";
import { type CollectedSpan, openOtlpCollector, type OtlpCollector } from "../support/otlp_collector.ts";
import { startServer } from "../support/running_server.ts";
import { before } from "../support/deadline.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";

Deno.test("S4-57 an order is one trace from its request through its turn and the call upstream to its events", async (t) => {
  await using collector = openOtlpCollector();
  await using cards = await openCardSimulator();
  const heard: (string | null)[] = [];
  await using proxy = listening(cards.url, (request) => heard.push(request.headers.get("traceparent")));
  await using server = await startServer({
    env: {
      ORDERS_BASE_URL: proxy.url,
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_SERVICE_NAME: "mailroom-test",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_BLRP_SCHEDULE_DELAY: "100",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      EGRESS_ALLOW: "127.0.0.0/8",
    },
  });
  const answer = await fetch(`${server.url}/api/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${TRACE}-${CALLER}-01` },
    body: JSON.stringify(orderOf("r-1")),
  });
  assert.equal(answer.status, 201, await answer.text());
  await ended(apiOf(server), "r-1");
  const own = () => collector.spans.filter(({ traceId }) => traceId === TRACE);
  const named = (name: string) => own().find((span) => span.name === name);
  await until(collector, () => named("event order.succeeded") !== undefined && named("turn order") !== undefined);

  await t.step("the request goes on with the trace that its caller began", () => {
    const request = own().find(({ parentSpanId }) => parentSpanId === CALLER)!;
    assert.equal(request.name, "POST /api/orders");
    assert.equal(request.attributes["http.request.method"], "POST");
    assert.equal(request.attributes["http.route"], "/api/orders");
    assert.ok(isWithin(named("event order.created")!, request, own()));
  });

  await t.step("the turn is within the request, the call within the turn, and the upstream is told", () => {
    const request = own().find(({ parentSpanId }) => parentSpanId === CALLER)!;
    const turn = named("turn order")!;
    assert.equal(turn.attributes["mailroom.tenant"], "demo");
    assert.ok(isWithin(turn, request, own()));
    const call = own().find(({ attributes }) => attributes["mailroom.upstream"] === "card-orders")!;
    assert.ok(isWithin(call, turn, own()));
    assert.ok(turn.startedAt <= call.startedAt && call.endedAt <= turn.endedAt + 1);
    assert.ok(heard.includes(`00-${TRACE}-${call.spanId}-01`), `${heard}`);
  });

  await t.step("the event is within the commit of that turn, with its number", () => {
    const event = named("event order.succeeded")!;
    const commit = own().find(({ spanId }) => spanId === event.parentSpanId)!;
    assert.equal(commit.name, "commit");
    assert.ok(own().some((span) => span.spanId === commit.parentSpanId && span.name.startsWith("turn ")));
    assert.ok(Number(event.attributes["mailroom.event.number"]) > 0);
    assert.equal(event.attributes["mailroom.event.subject"], "order/r-1");
    const told = ["order.created", "order.submitted", "order.succeeded"].map((type) => named(`event ${type}`)!);
    assert.deepEqual(told.map(({ attributes }) => Number(attributes["mailroom.event.number"])), [1, 2, 3]);
    assert.ok(isWithin(told[1]!, named("turn order")!, own()));
  });

  await t.step("log lines of the turn bear the trace, and what is counted comes as metrics", async () => {
    const line = () => collector.logs.find(({ body, traceId }) => traceId === TRACE && body.includes("turn committed"));
    await until(collector, () => line() !== undefined && (collector.metrics.get("mailroom.turns") ?? 0) > 0);
    assert.ok(collector.metrics.get("http.server.request.duration")! > 0);
    assert.ok(collector.metrics.get("mailroom.fetch.duration")! > 0);
    assert.equal(collector.service, "mailroom-test");
  });

  await t.step("each log line has the severity of its level", async () => {
    const severities: Record<string, number> = { debug: 5, info: 9, warn: 13, error: 17 };
    const levels = () =>
      collector.logs.map(({ body, severity }) => [JSON.parse(body).level as string, severity] as const);
    await until(collector, () => ["debug", "info", "warn"].every((wanted) => levels().some(([is]) => is === wanted)));
    for (const [level, severity] of levels()) assert.equal(severity, severities[level], level);
  });
});

Deno.test("S4-57 where telemetry is off nothing is sent, and no upstream is told of a trace", async () => {
  await using collector = openOtlpCollector();
  await using cards = await openCardSimulator();
  const heard: (string | null)[] = [];
  await using proxy = listening(cards.url, (request) => heard.push(request.headers.get("traceparent")));
  await using server = await startServer({
    env: { ORDERS_BASE_URL: proxy.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const api = apiOf(server);
  await order(api, "r-1");
  await ended(api, "r-1");
  assert.ok(heard.length > 0 && heard.every((traceparent) => traceparent === null));
  assert.equal(await server.stop(), 0);
  assert.deepEqual([collector.spans.length, collector.logs.length, collector.metrics.size], [0, 0, 0]);
});

/** Whether it descends from the other. */
function isWithin(span: CollectedSpan, other: CollectedSpan, all: readonly CollectedSpan[]): boolean {
  for (let at: CollectedSpan | undefined = span; at !== undefined;) {
    if (at.spanId === other.spanId) return true;
    const { parentSpanId }: CollectedSpan = at;
    at = all.find(({ spanId }) => spanId === parentSpanId);
  }
  return false;
}

async function until(collector: OtlpCollector, isSo: () => boolean): Promise<void> {
  const told = () => collector.spans.map(({ traceId, name }) => `${traceId.slice(0, 4)} ${name}`).join(", ");
  const wait = async () => {
    while (!isSo()) await collector.more();
  };
  await before(wait(), 15_000, () => new Error(`The collector has only heard of ${told()}`));
}

/** Passes requests on, and shows each. */
function listening(url: string, show: (request: Request) => void): { url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    show(request);
    const { pathname, search } = new URL(request.url);
    const body = request.method === "GET" ? null : await request.text();
    return await fetch(url + pathname + search, { method: request.method, headers: request.headers, body });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}
