import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "../../core/clock.ts";
import { serializeError } from "../../core/errors.ts";
import type { Diagnostic, Diagnostics } from "../../observe/diagnostics.ts";
import type { Egress } from "../../upstream/egress.ts";
import type { System } from "../contract.ts";
import type { Telemetry } from "./contract.ts";
import { countWithMeter } from "./metered.ts";
import { tracedHost } from "./traced_host.ts";
import { tracedStore } from "./traced_store.ts";
import { Trails } from "./trails.ts";

const NAME = "mailroom";

/** Deno has registered its own exporter with the API. */
export function openTelemetry(
  { diagnostics, clock }: { readonly diagnostics: Diagnostics; readonly clock: Clock },
): Telemetry {
  const tracer = trace.getTracer(NAME);
  const trails = new Trails();
  const parts = { tracer, trails, now: () => clock.now() };
  countWithMeter(diagnostics, metrics.getMeter(NAME));
  return {
    host: (create) => tracedHost(create, parts),
    store: (store) => tracedStore(store, parts),
    egress: (egress) => tracedEgress(egress, parts),
    system: (system) => tracedSystem(system, parts),
    request: nameRequest,
    diagnostics: (diagnostics) => tracedDiagnostics(diagnostics, parts),
  };
}

function nameRequest(method: string, route: string): void {
  trace.getActiveSpan()?.updateName(`${method} ${route}`).setAttribute("http.route", route);
}

type Parts = Parameters<typeof tracedHost>[1];

/** A span for each request; a declared upstream is told of the trace, and addresses of users are not. */
function tracedEgress(egress: Egress, { tracer }: Parts): Egress {
  return {
    ...(egress.drops === undefined ? {} : { drops: egress.drops }),
    async fetch(call, signal) {
      const upstream = call.upstream ?? "user-given";
      const attributes = { "http.request.method": call.method, "mailroom.upstream": upstream };
      const span = tracer.startSpan(`${call.method} ${upstream}`, { kind: SpanKind.CLIENT, attributes });
      const carried: Record<string, string> = {};
      if (call.upstream !== null) propagation.inject(trace.setSpan(context.active(), span), carried);
      try {
        const fetched = await egress.fetch({ ...call, headers: { ...call.headers, ...carried } }, signal);
        span.setAttribute("http.response.status_code", fetched.status);
        if (fetched.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
        return fetched;
      } catch (thrown) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: serializeError(thrown, "internal").code });
        throw thrown;
      } finally {
        span.end();
      }
    },
    stop: () => egress.stop(),
  };
}

/** What is sent within a request belongs to its trace: so it gets its id here, before anybody can handle it. */
function tracedSystem(system: System, { trails }: Parts): System {
  const named = <C extends { readonly messageId?: string | undefined }>(command: C): C & { messageId: string } => {
    const messageId = command.messageId ?? system.createId();
    if (trace.getActiveSpan() !== undefined) trails.sent(messageId, context.active());
    return { ...command, messageId };
  };
  return {
    ...system,
    tell: (to, message, payload, how = {}) => system.tell(to, message, payload, named(how)),
    tellAll: (commands, how) => system.tellAll(commands.map(named), how),
  };
}

function tracedDiagnostics(diagnostics: Diagnostics, { trails }: Parts): Diagnostics {
  const traceOf = (told: Diagnostic) => "messageId" in told ? trails.latestOf(told.messageId) : undefined;
  return {
    tell: (told) => diagnostics.tell(told),
    observe: (observer) =>
      diagnostics.observe((told) => {
        const within = traceOf(told);
        if (within === undefined) observer(told);
        else context.with(within, () => observer(told));
      }),
  };
}
