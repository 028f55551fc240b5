import { type Context, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import type { EventDraft } from "../../actor/journal.ts";
import type { EntryResult, Store, StoreEntry } from "../../store/contract.ts";
import type { Trails } from "./trails.ts";

/** Of one entry; those of an import are thousands. */
const MOST_EVENTS = 20;

/** A span for the commit of what belongs to a trace, one for each of its events, and its messages belong to that trace. */
export function tracedStore(
  store: Store,
  { tracer, trails, now }: { readonly tracer: Tracer; readonly trails: Trails; readonly now: () => number },
): Store {
  const tell = (entry: StoreEntry, cause: Context, { result, startTime }: {
    readonly result: EntryResult;
    readonly startTime: number;
  }): void => {
    const attributes = { "mailroom.tenant": entry.tenant };
    const span = tracer.startSpan("commit", { kind: SpanKind.INTERNAL, startTime, attributes }, cause);
    const endTime = now();
    if (result.status === "committed") {
      const within = trace.setSpan(cause, span);
      eventsOf(entry, result).slice(0, MOST_EVENTS).forEach(({ type, subject }, index) => {
        const told = {
          ...attributes,
          "mailroom.event.number": result.firstEvent + index,
          "mailroom.event.subject": subject,
        };
        tracer.startSpan(`event ${type}`, { kind: SpanKind.PRODUCER, startTime: endTime, attributes: told }, within)
          .end(endTime);
      });
    } else if (result.status === "refused") span.setStatus({ code: SpanStatusCode.ERROR, message: result.error.code });
    span.end(endTime);
  };
  const traced = async (batch: readonly StoreEntry[], write: Store["write"]): Promise<readonly EntryResult[]> => {
    const startTime = now();
    const causes = batch.map((entry) => causeOf(entry, trails));
    const results = await write(batch);
    batch.forEach((entry, index) => {
      const cause = causes[index];
      if (cause !== undefined) tell(entry, cause, { result: results[index]!, startTime });
    });
    return results;
  };
  return {
    ownership: store.ownership,
    read: store.read,
    ...(store.shared === undefined ? {} : { shared: store.shared }),
    get room() {
      return store.room ?? "ample";
    },
    write: (batch) => traced(batch, (entries) => store.write(entries)),
    ...(store.writeNext === undefined
      ? {}
      : { writeNext: (batch: readonly StoreEntry[]) => traced(batch, (entries) => store.writeNext!(entries)) }),
    close: () => store.close(),
  };
}

/** The turn whose outcome it is, or the request that sent one of its messages; the others were sent within the same. */
function causeOf({ writes, events = [] }: StoreEntry, trails: Trails): Context | undefined {
  let cause: Context | undefined;
  for (const event of events) cause ??= trails.askedIn(event);
  for (const write of writes) {
    if (write.write === "row") cause ??= trails.askedIn(write.row);
    if (write.write === "remove" || write.write === "postpone" || write.write === "bury") {
      const turn = trails.written(write.ref);
      cause ??= turn;
    }
  }
  for (const write of writes) if (write.write === "append") cause ??= trails.causeOf(write.message.id);
  if (cause !== undefined) {
    for (const write of writes) if (write.write === "append") trails.sent(write.message.id, cause);
  }
  return cause;
}

/** In the order of their numbers. */
function eventsOf(
  { writes, events = [] }: StoreEntry,
  { appended }: Extract<EntryResult, { status: "committed" }>,
): readonly EventDraft[] {
  const ofAppends = writes.filter((write) => write.write === "append")
    .flatMap(({ with: told }, index) => appended[index]?.slot === "held" ? [] : told?.events ?? []);
  return [...ofAppends, ...events];
}
