type Json = Record<string, unknown>;

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly scope: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

export interface CollectedLog {
  readonly body: string;
  readonly traceId: string;
  /** 5 is DEBUG, 9 INFO, 13 WARN, 17 ERROR. */
  readonly severity: number;
}

/** What a collector of OpenTelemetry on 127.0.0.1 was sent as OTLP over HTTP with JSON. */
export interface OtlpCollector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly logs: readonly CollectedLog[];
  /** By name: the sum of the newest values of each, over their attributes. */
  readonly metrics: ReadonlyMap<string, number>;
  /** Of the resource that was told last. */
  readonly service: unknown;
  /** Resolves when something more has come. */
  more(): Promise<void>;
}

export function openOtlpCollector(): OtlpCollector {
  const spans: CollectedSpan[] = [];
  const logs: CollectedLog[] = [];
  const metrics = new Map<string, number>();
  let service: unknown;
  let next = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const told = await request.json();
    for (const resource of listOf(told, "resourceSpans", "resourceLogs", "resourceMetrics")) {
      service = attributesOf(resource["resource"] as Json)["service.name"];
      for (const scope of listOf(resource, "scopeSpans", "scopeLogs", "scopeMetrics")) {
        const { name } = scope["scope"] as { name: string };
        spans.push(...listOf(scope, "spans").map((span) => spanOf(span, name)));
        logs.push(...listOf(scope, "logRecords").map(logOf));
        for (const metric of listOf(scope, "metrics")) metrics.set(`${metric["name"]}`, sumOf(metric));
      }
    }
    next.resolve();
    next = Promise.withResolvers();
    return Response.json({});
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    spans,
    logs,
    metrics,
    get service() {
      return service;
    },
    more: () => next.promise,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function spanOf(span: Json, scope: string): CollectedSpan {
  const { traceId, spanId, parentSpanId = "", name, startTimeUnixNano, endTimeUnixNano, status } = span;
  const msOf = (nanos: unknown) => Number(BigInt(`${nanos}`) / 1_000n) / 1_000;
  return {
    ...{ traceId: `${traceId}`, spanId: `${spanId}`, parentSpanId: `${parentSpanId}`, name: `${name}`, scope },
    startedAt: msOf(startTimeUnixNano),
    endedAt: msOf(endTimeUnixNano),
    attributes: attributesOf(span),
    isError: (status as { code?: number } | undefined)?.code === 2,
  };
}

function logOf({ body, traceId = "", severityNumber }: Json): CollectedLog {
  const text = (body as { stringValue?: string } | null)?.stringValue;
  return { body: `${text}`, traceId: `${traceId}`, severity: Number(severityNumber) };
}

function sumOf(metric: Json): number {
  const points = ["sum", "gauge", "histogram"].flatMap((kind) => listOf((metric[kind] ?? {}) as Json, "dataPoints"));
  return points.reduce((sum, { asDouble, asInt, count }) => sum + Number(count ?? asDouble ?? asInt), 0);
}

function attributesOf(of: Json): Record<string, unknown> {
  return Object.fromEntries(listOf(of, "attributes").map(({ key, value }) => [key, Object.values(value as Json)[0]]));
}

function listOf(of: Json, ...names: readonly string[]): readonly Json[] {
  return names.flatMap((name) => (of[name] ?? []) as Json[]);
}
