import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Address } from "../../actor/address.ts";
import type { Envelope, Outcome } from "../../actor/outcome.ts";
import type { Host, HostEvents, LostTurn } from "../../host/contract.ts";
import type { Trails } from "./trails.ts";

interface Delivered {
  readonly of: Address;
  readonly envelope: Envelope;
  /** Ms since the epoch; null: it waits for an earlier one of its delivery. */
  readonly at: number | null;
  begun: { readonly span: Span; readonly context: Context } | null;
}

/** A span for each turn: from its start to its end, as its host reports them, within what sent its message. */
export function tracedHost(
  create: (events: HostEvents) => Host,
  { tracer, trails, now }: { readonly tracer: Tracer; readonly trails: Trails; readonly now: () => number },
): (events: HostEvents) => Host {
  const delivered = new Map<number, Delivered>();

  const begin = (turn: Delivered, startTime: number): { readonly span: Span; readonly context: Context } => {
    if (turn.begun !== null) return turn.begun;
    const { of: { tenant, kind, key }, envelope: { messageId, name, attempt } } = turn;
    const attributes = {
      "mailroom.tenant": tenant,
      "mailroom.kind": kind,
      "mailroom.key": key,
      "mailroom.message": name,
      "mailroom.message.id": messageId,
      "mailroom.attempt": attempt,
    };
    const parent = trails.causeOf(messageId) ?? ROOT_CONTEXT;
    const span = tracer.startSpan(`turn ${kind}`, { kind: SpanKind.CONSUMER, startTime, attributes }, parent);
    turn.begun = { span, context: trace.setSpan(parent, span) };
    trails.running(messageId, turn.begun.context);
    return turn.begun;
  };
  const end = ({ turn: number, startedAt, finishedAt, ending, changes }: Outcome): void => {
    const turn = delivered.get(number);
    if (turn === undefined) return;
    if (ending.end === "returned") return void delivered.delete(number);
    const begun = begin(turn, startedAt);
    for (const what of [...changes?.events ?? [], ...changes?.rows ?? []]) trails.asked(what, begun.context);
    if (ending.end === "commit-point") return;
    delivered.delete(number);
    trails.ended(turn.of, begun.context);
    begun.span.setAttribute("mailroom.outcome", ending.end);
    if (ending.end === "failed") begun.span.setStatus({ code: SpanStatusCode.ERROR, message: ending.error.code });
    begun.span.end(finishedAt);
  };
  const lose = ({ turn: number, verdict }: LostTurn): void => {
    const begun = delivered.get(number)?.begun;
    delivered.delete(number);
    begun?.span.setStatus({ code: SpanStatusCode.ERROR, message: verdict });
    begun?.span.end();
  };

  return (events) => {
    const host = create({
      ...events,
      outcomes(outcomes) {
        for (const outcome of outcomes) end(outcome);
        events.outcomes(outcomes);
      },
      requests(requests) {
        for (const request of requests) {
          const turn = delivered.get(request.turn);
          if (turn === undefined) events.requests([request]);
          else context.with(begin(turn, turn.at ?? now()).context, () => events.requests([request]));
        }
      },
      lost(turns) {
        for (const turn of turns) lose(turn);
        events.lost(turns);
      },
    });
    return {
      get slots() {
        return host.slots;
      },
      start: () => host.start(),
      deliver(deliveries) {
        const at = now();
        for (const { tenant, kind, key, envelopes } of deliveries) {
          envelopes.forEach((envelope, index) => {
            const of = { tenant, kind, key };
            delivered.set(envelope.turn, { of, envelope, at: index === 0 ? at : null, begun: null });
          });
        }
        host.deliver(deliveries);
      },
      ask: (questions) => host.ask(questions),
      cancel: (turn) => host.cancel(turn),
      answer: (answers) => host.answer(answers),
      stop: () => host.stop(),
    };
  };
}
