import type { Diagnostic } from "./diagnostics.ts";

/** A diagnostic as a line of the log. */
export interface LogLineDraft {
  /** debug = a turn, info = lifecycle, warn = retry or degraded, error = a person must look. */
  readonly level: "debug" | "info" | "warn" | "error";
  /** The folder that speaks. */
  readonly folder: string;
  /** Constant, lowercase. */
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type Says = readonly [level: LogLineDraft["level"], folder: string, message: string];

/** One line for each kind of diagnostic: a new one fails the type check until it stands here. */
const SAYS: Readonly<Record<Diagnostic["event"], Says>> = {
  "turn.committed": ["debug", "runtime/mailbox", "turn committed"],
  "turn.retried": ["warn", "runtime/mailbox", "turn retried"],
  "turn.snoozed": ["debug", "runtime/mailbox", "turn snoozed"],
  "turn.cancelled": ["debug", "runtime/mailbox", "turn cancelled"],
  "turn.redelivered": ["warn", "runtime/mailbox", "turn redelivered"],
  "turn.suspected": ["warn", "runtime/supervision", "turn will run alone"],
  "actor.parked": ["error", "runtime/supervision", "actor parked"],
  "actor.resumed": ["info", "runtime/supervision", "actor resumed"],
  "kind.paused": ["info", "runtime/supervision", "kind paused"],
  "kind.resumed": ["info", "runtime/supervision", "kind resumed"],
  "system.careful": ["warn", "runtime/supervision", "careful start"],
  "turn.logged": ["debug", "runtime/actor", "handler logged"],
  "batch.ended": ["debug", "runtime/batch", "children ended"],
  "message.dead-lettered": ["error", "runtime/mailbox", "message given up"],
  "message.accepted": ["debug", "runtime/mailbox", "message accepted"],
  "batch.committed": ["debug", "runtime/store", "batch committed"],
  "storage.unavailable": ["warn", "runtime/store", "storage unavailable"],
  "storage.available": ["info", "runtime/store", "storage available again"],
  "storage.reserve-released": ["error", "runtime/store", "disk full: the room held in reserve was given up"],
  "storage.reserve-restored": ["info", "runtime/store", "room is held in reserve again"],
  "worker.replaced": ["warn", "runtime/host", "worker replaced"],
  "child.started": ["info", "runtime/host", "child started"],
  "child.lost": ["warn", "runtime/host", "child lost"],
  "broker.started": ["info", "runtime/upstream", "broker started"],
  "broker.lost": ["warn", "runtime/upstream", "broker lost"],
  "fetch.ended": ["debug", "runtime/upstream", "call ended"],
  "upstream.requested": ["debug", "runtime/upstream", "request ended"],
  "upstream.limited": ["warn", "runtime/upstream", "upstream asks to wait"],
  "upstream.breaker": ["warn", "runtime/upstream", "breaker changed"],
  "handler.output": ["debug", "runtime/host", "handler wrote"],
  "handler.stray-error": ["warn", "runtime/host", "error outside of any turn"],
  "reader.cut": ["warn", "routes", "event stream cut"],
  "events.trimmed": ["debug", "runtime/events", "events trimmed"],
  "tenant.deleted": ["info", "runtime/system", "tenant deleted"],
  "rows.swept": ["debug", "runtime/system", "rows removed that were kept long enough"],
  "tick.sent": ["debug", "runtime/schedule", "tick sent"],
  "tick.refused": ["warn", "runtime/schedule", "tick refused: it is not sent again"],
  "ticks.delayed": ["warn", "runtime/schedule", "what is due could not be sent: tried again"],
  "subscription.failing": ["warn", "runtime/subscription", "subscription fails: its next event is not accepted"],
  "subscription.gap": ["warn", "runtime/subscription", "events were gone before a subscription could look at them"],
  "subscriptions.delayed": ["warn", "runtime/subscription", "subscribers could not be told: tried again"],
  "lease.held": ["info", "runtime/cluster", "lease held: turns may begin"],
  "lease.lost": ["warn", "runtime/cluster", "lease over and not renewed: no turn begins"],
  "node.draining": ["info", "runtime/cluster", "draining: takes no more turns"],
  "node.undrained": ["info", "runtime/cluster", "takes turns again"],
  "node.taken-over": ["warn", "runtime/cluster", "another node's lease was over: its work is taken over"],
  "heads.claimed": ["debug", "runtime/cluster", "heads claimed"],
  "node.doubled": ["error", "runtime/cluster", "another node has the same name: give each its own in NODE"],
  "system.ready": ["info", "runtime/system", "system started"],
  "system.stopping": ["info", "runtime/system", "system stopping"],
  "system.stopped": ["info", "runtime/system", "system stopped"],
  "system.failed": ["error", "runtime/system", "system failed"],
};

export function levelOf({ event }: Diagnostic): LogLineDraft["level"] {
  return SAYS[event][0];
}

export function recordOf({ event, ...fields }: Diagnostic): LogLineDraft {
  const [level, folder, message] = SAYS[event];
  return { level, folder, message, fields };
}
