import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import type { Diagnostic, Diagnostics } from "./diagnostics.ts";
import { type Gauges, readGauges } from "./gauges.ts";
import { Tally } from "./tally.ts";

export interface Metrics {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  /** A request to an operation was answered, in so many ms. */
  answered(operation: string, status: number, durationMs: number): void;
  /** Ends the observing. */
  close(): void;
}

/** The lag of the event loop is looked at so often; at 10 ms, as prom-client would, this is most of what an idle node does. */
const LAG_LOOK_MS = 250;
const TURN_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];
const CALL_SECONDS = [0.01, 0.05, 0.2, 1, 5, 30];
const ANSWER_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const STATUSES: readonly string[] = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];
const BATCH_ENTRIES = [1, 4, 16, 64, 256, 1_024];
const BATCH_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.02, 0.1, 1];

/** Counts what the diagnostics tell. By kind, never by tenant: the number of series must not grow with the customers. */
export function createMetrics(diagnostics: Diagnostics, gauges: () => Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_LOOK_MS });
  readGauges(registry, gauges);
  const close = diagnostics.observe(countInto(registry));
  return { contentType: registry.contentType, text: () => registry.metrics(), answered: countAnswers(registry), close };
}

/** Tens of thousands a second: added up here, and handed over when somebody reads. */
function countAnswers(registry: Registry): Metrics["answered"] {
  const held = new Map<string, Map<string, number>>();
  new Counter({
    name: "mailroom_http_requests_total",
    help: "Requests answered, by what they asked for and how",
    labelNames: ["operation", "status"],
    registers: [registry],
    collect() {
      for (const [status, byOperation] of held) {
        handOver(byOperation, (operation, times) => this.inc({ operation, status }, times));
      }
    },
  });
  const duration = new Tally(registry, {
    name: "mailroom_http_request_duration_seconds",
    help: "From a request's head to its answer's; of an event stream, until it is open",
    buckets: ANSWER_SECONDS,
    label: "operation",
  });
  return (operation, status, durationMs) => {
    const kind = STATUSES[Math.floor(status / 100)] ?? "other";
    let byOperation = held.get(kind);
    if (byOperation === undefined) held.set(kind, byOperation = new Map());
    count(byOperation, operation);
    duration.count(operation, durationMs / 1_000);
  };
}

function countInto(registry: Registry): (diagnostic: Diagnostic) => void {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `mailroom_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    of: { buckets: number[]; labelNames: readonly L[] },
  ) =>
    new Histogram({ name: `mailroom_${name}`, help, buckets: of.buckets, labelNames: [...of.labelNames], registers });

  const committed = new Map<string, number>();
  const turns = new Counter({
    name: "mailroom_turns_total",
    help: "Turns that ended, by how",
    labelNames: ["kind", "outcome"],
    registers,
    collect() {
      handOver(committed, (kind, times) => this.inc({ kind, outcome: "committed" }, times));
    },
  });
  const retries = counter("retries_total", "Attempts that failed and will be made again", ["kind", "code"]);
  const deadLetters = counter("dead_letters_total", "Messages given up", ["kind", "code"]);
  const redeliveries = counter("redeliveries_total", "Turns that were lost with their host and cost no attempt", [
    "kind",
  ]);
  const suspicions = counter("suspects_total", "Turns that run alone next, since their process died beside them", [
    "kind",
  ]);
  const parkings = counter("actors_parked_total", "Actors that outran their restart window", ["kind"]);
  const accepted = new Map<string, number>();
  new Counter({
    name: "mailroom_messages_accepted_total",
    help: "Messages taken in",
    labelNames: ["kind"],
    registers,
    collect() {
      handOver(accepted, (kind, times) => this.inc({ kind }, times));
    },
  });
  const tally = (name: string, help: string) =>
    new Tally(registry, { name: `mailroom_${name}`, help, buckets: TURN_SECONDS, label: "kind" });
  const duration = tally("turn_duration_seconds", "From the start of a turn to its end");
  const waited = tally("turn_wait_seconds", "From when a message could run to its start");
  const batchesEnded = counter("batches_ended_total", "Batches of children that ended, by how", ["status"]);
  const batchSize = histogram("batch_entries", "Entries of one commit", { buckets: BATCH_ENTRIES, labelNames: [] });
  const batchTime = histogram("batch_duration_seconds", "Time of one commit", {
    buckets: BATCH_SECONDS,
    labelNames: [],
  });
  const calls = histogram("fetch_duration_seconds", "Calls to the outside: 2xx, 4xx... or how they failed", {
    buckets: CALL_SECONDS,
    labelNames: ["upstream", "outcome"],
  });
  const requests = counter("upstream_requests_total", "Requests to upstreams, and those that were not made, by how", [
    "upstream",
    "errorClass",
  ]);
  const requestTime = histogram("upstream_request_seconds", "From a request's beginning to the end of its answer", {
    buckets: CALL_SECONDS,
    labelNames: ["upstream"],
  });
  const brokerLosses = counter("broker_restarts_total", "Processes that make calls to the outside, lost", []);
  const childLosses = counter("child_restarts_total", "Host processes that were lost and replaced", []);
  const workerLosses = counter("worker_restarts_total", "Workers that were replaced", []);
  const refusals = counter("storage_unavailable_total", "Times the storage began to refuse writes", []);
  const reserves = counter("storage_reserve_released_total", "Times a full disk took the room held in reserve", []);
  const swept = counter("rows_swept_total", "Rows removed that were kept long enough", ["what"]);
  const claimed = counter("heads_claimed_total", "Actors taken by this node that no node had, or looked at again", [
    "kind",
  ]);
  const lapses = counter("leases_lost_total", "Times the lease was over before it could be renewed", []);
  const takenOver = counter("nodes_taken_over_total", "Other nodes whose lease was over and whose work was freed", []);
  const freed = counter("heads_taken_over_total", "Actors that were freed with them", []);
  const cuts = counter("readers_cut_total", "Event streams that were ended because they were not read", []);

  return (diagnostic) => {
    switch (diagnostic.event) {
      case "turn.committed":
        count(committed, diagnostic.kind);
        duration.count(diagnostic.kind, diagnostic.durationMs / 1_000);
        waited.count(diagnostic.kind, diagnostic.waitedMs / 1_000);
        break;
      case "turn.retried":
        turns.inc({ kind: diagnostic.kind, outcome: "retried" });
        retries.inc({ kind: diagnostic.kind, code: diagnostic.code });
        break;
      case "turn.snoozed":
        turns.inc({ kind: diagnostic.kind, outcome: "snoozed" });
        break;
      case "turn.cancelled":
        turns.inc({ kind: diagnostic.kind, outcome: "cancelled" });
        break;
      case "turn.redelivered":
        redeliveries.inc({ kind: diagnostic.kind });
        break;
      case "turn.suspected":
        suspicions.inc({ kind: diagnostic.kind });
        break;
      case "actor.parked":
        parkings.inc({ kind: diagnostic.kind });
        break;
      case "message.dead-lettered":
        turns.inc({ kind: diagnostic.kind, outcome: "dead-lettered" });
        deadLetters.inc({ kind: diagnostic.kind, code: diagnostic.code });
        break;
      case "message.accepted":
        count(accepted, diagnostic.kind);
        break;
      case "batch.ended":
        batchesEnded.inc({ status: diagnostic.status });
        break;
      case "batch.committed":
        batchSize.observe(diagnostic.entries);
        batchTime.observe(diagnostic.durationMs / 1_000);
        break;
      case "worker.replaced":
        workerLosses.inc();
        break;
      case "child.lost":
        childLosses.inc();
        break;
      case "fetch.ended":
        calls.observe({ upstream: diagnostic.upstream, outcome: outcomeOf(diagnostic) }, diagnostic.durationMs / 1_000);
        break;
      case "upstream.requested": {
        const { upstream, errorClass, durationMs } = diagnostic;
        requests.inc({ upstream, errorClass });
        if (durationMs !== null) requestTime.observe({ upstream }, durationMs / 1_000);
        break;
      }
      case "broker.lost":
        brokerLosses.inc();
        break;
      case "storage.unavailable":
        refusals.inc();
        break;
      case "storage.reserve-released":
        reserves.inc();
        break;
      case "rows.swept":
        swept.inc({ what: diagnostic.what }, diagnostic.rows);
        break;
      case "heads.claimed":
        claimed.inc({ kind: diagnostic.kind }, diagnostic.heads);
        break;
      case "lease.lost":
        lapses.inc();
        break;
      case "node.taken-over":
        takenOver.inc();
        freed.inc(diagnostic.heads);
        break;
      case "reader.cut":
        cuts.inc();
        break;
    }
  };
}

/** What happens with every job is counted here and handed over when somebody reads: see {@linkcode Tally}. */
function count(held: Map<string, number>, kind: string): void {
  held.set(kind, (held.get(kind) ?? 0) + 1);
}

function handOver(held: Map<string, number>, to: (kind: string, times: number) => void): void {
  for (const [kind, times] of held) to(kind, times);
  held.clear();
}

/** `2xx`, or the code of the error. */
function outcomeOf({ status, code }: Extract<Diagnostic, { event: "fetch.ended" }>): string {
  return status === null ? code ?? "failed" : `${Math.floor(status / 100)}xx`;
}
