import type { ErrorCode } from "../core/errors.ts";

interface OfActor {
  readonly tenant: string;
  readonly kind: string;
  readonly key: string;
}

interface OfTurn extends OfActor {
  readonly messageId: string;
  readonly attempt: number;
}

/**
 * Everything that the runtime tells of itself, once, typed; the log, the metrics and the tests each observe it.
 * Never a payload, never a secret: what went wrong with a handler is told without what it quotes. Durations are in ms.
 */
export type Diagnostic =
  | { readonly event: "turn.committed"; readonly durationMs: number; readonly waitedMs: number } & OfTurn
  | { readonly event: "turn.retried"; readonly delayMs: number; readonly code: ErrorCode; readonly error: string }
    & OfTurn
  | { readonly event: "turn.snoozed"; readonly delayMs: number } & OfTurn
  | { readonly event: "turn.cancelled" } & OfTurn
  | { readonly event: "turn.redelivered"; readonly reason: string } & OfTurn
  | { readonly event: "turn.suspected"; readonly reason: string } & OfTurn
  | { readonly event: "actor.parked"; readonly reason: string } & OfActor
  | { readonly event: "actor.resumed"; readonly by: string } & OfActor
  | { readonly event: "kind.paused"; readonly tenant: string; readonly kind: string; readonly by: string }
  | { readonly event: "kind.resumed"; readonly tenant: string; readonly kind: string; readonly by: string }
  | { readonly event: "system.careful"; readonly uncleanStarts: number; readonly forMs: number }
  | { readonly event: "turn.logged"; readonly level: string; readonly line: string } & OfTurn
  | { readonly event: "message.dead-lettered"; readonly code: ErrorCode; readonly error: string } & OfTurn
  | { readonly event: "message.accepted"; readonly tenant: string; readonly kind: string; readonly key: string }
  /** All children of a batch have ended, and it is told. */
  | {
    readonly event: "batch.ended";
    readonly tenant: string;
    readonly id: string;
    readonly status: "completed" | "failed" | "cancelled";
  }
  | { readonly event: "batch.committed"; readonly entries: number; readonly durationMs: number }
  | { readonly event: "storage.unavailable"; readonly code: ErrorCode; readonly error: string }
  | { readonly event: "storage.available" }
  | { readonly event: "storage.reserve-released" }
  | { readonly event: "storage.reserve-restored" }
  | { readonly event: "worker.replaced"; readonly reason: string; readonly lost: number }
  | { readonly event: "child.started"; readonly pid: number; readonly startMs: number }
  | { readonly event: "child.lost"; readonly pid: number; readonly reason: string; readonly lost: number }
  | { readonly event: "broker.started"; readonly reach: string; readonly pid: number; readonly startMs: number }
  | { readonly event: "broker.lost"; readonly reach: string; readonly pid: number | null; readonly reason: string }
  /** A turn's call to an upstream, or to `user-given` addresses, has its answer, or has failed with `code`. */
  | {
    readonly event: "fetch.ended";
    readonly upstream: string;
    readonly status: number | null;
    readonly durationMs: number;
    readonly code?: ErrorCode;
  }
  /** One of a call's requests has ended, or was not made (`durationMs` null); `errorClass` is that of runtime/upstream. */
  | {
    readonly event: "upstream.requested";
    readonly upstream: string;
    readonly errorClass: string;
    readonly durationMs: number | null;
  }
  /** The other side asked to be left alone. */
  | { readonly event: "upstream.limited"; readonly upstream: string; readonly waitMs: number }
  | { readonly event: "upstream.breaker"; readonly upstream: string; readonly state: "closed" | "open" | "half-open" }
  | { readonly event: "handler.output"; readonly stream: string; readonly line: string }
  | { readonly event: "handler.stray-error"; readonly error: string }
  | { readonly event: "reader.cut"; readonly tenant: string; readonly reason: string }
  | { readonly event: "events.trimmed"; readonly tenant: string; readonly upTo: number }
  | { readonly event: "tenant.deleted"; readonly tenant: string; readonly rows: number }
  | { readonly event: "rows.swept"; readonly what: string; readonly rows: number }
  /** A message of a schedule was accepted, so long after its instant. */
  | {
    readonly event: "tick.sent";
    readonly tenant: string;
    readonly schedule: string;
    readonly instant: number;
    readonly lateMs: number;
  }
  /** It was not, and is not sent again. */
  | {
    readonly event: "tick.refused";
    readonly tenant: string;
    readonly schedule: string;
    readonly instant: number;
    readonly error: string;
  }
  | { readonly event: "ticks.delayed"; readonly error: string }
  /** The next event of a subscription is not accepted. */
  | {
    readonly event: "subscription.failing";
    readonly tenant: string;
    readonly subscription: string;
    readonly error: string;
  }
  /** Events of these numbers were gone before they could be looked at. */
  | {
    readonly event: "subscription.gap";
    readonly tenant: string;
    readonly subscription: string;
    readonly from: number;
    readonly to: number;
  }
  | { readonly event: "subscriptions.delayed"; readonly error: string }
  | { readonly event: "lease.held"; readonly node: string }
  | { readonly event: "lease.lost"; readonly node: string }
  | { readonly event: "node.draining"; readonly node: string }
  | { readonly event: "node.undrained"; readonly node: string }
  /** The life of another node was ended, whose lease was over; `heads` were its own. */
  | { readonly event: "node.taken-over"; readonly node: string; readonly heads: number }
  /** Heads without an owner that became this node's, or that were its own already. */
  | { readonly event: "heads.claimed"; readonly kind: string; readonly heads: number }
  /** Another node that lives has the same name: draining the one drains the other. */
  | { readonly event: "node.doubled"; readonly node: string }
  | { readonly event: "system.ready"; readonly pending: number; readonly startMs: number }
  | { readonly event: "system.stopping"; readonly running: number }
  | { readonly event: "system.stopped" }
  | { readonly event: "system.failed"; readonly code: ErrorCode; readonly error: string };

export type Observer = (diagnostic: Diagnostic) => void;

export interface Diagnostics {
  tell(diagnostic: Diagnostic): void;
  /** Observers are called at once and in the order in which they came; the answer ends the observing. */
  observe(observer: Observer): () => void;
}

export function createDiagnostics(): Diagnostics {
  const observers = new Set<Observer>();
  return {
    tell(diagnostic) {
      for (const observer of observers) observer(diagnostic);
    },
    observe(observer) {
      observers.add(observer);
      return () => observers.delete(observer);
    },
  };
}
