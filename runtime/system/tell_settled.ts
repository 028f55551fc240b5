import type { Diagnostics } from "../observe/diagnostics.ts";
import { unquoted } from "../observe/unquoted.ts";
import type { Settlement } from "./outcome_entry.ts";

/** Tells what became of turns whose outcomes are committed. */
export function tellSettled(diagnostics: Diagnostics, settlements: readonly Settlement[]): void {
  for (const { flight, outcome, decision } of settlements) {
    if (decision === null) continue;
    const { tenant, kind, key, id: messageId, attempts, readyAt } = flight.message;
    const attempt = attempts + 1;
    if (decision.decision === "handled") {
      const durationMs = outcome.finishedAt - outcome.startedAt;
      const waitedMs = Math.max(0, outcome.startedAt - readyAt);
      diagnostics.tell({ event: "turn.committed", tenant, kind, key, messageId, attempt, durationMs, waitedMs });
      continue;
    }
    const turn = { tenant, kind, key, messageId, attempt };
    switch (decision.decision) {
      case "retry": {
        const { code, message } = decision.error;
        const delayMs = Math.max(0, decision.readyAt - outcome.finishedAt);
        diagnostics.tell({ event: "turn.retried", ...turn, delayMs, code, error: unquoted(message) });
        break;
      }
      case "snooze":
        diagnostics.tell({
          event: "turn.snoozed",
          ...turn,
          delayMs: Math.max(0, decision.readyAt - outcome.finishedAt),
        });
        break;
      case "give-up": {
        const { code, message } = decision.error;
        diagnostics.tell({ event: "message.dead-lettered", ...turn, code, error: unquoted(message) });
        break;
      }
      case "cancel":
        diagnostics.tell({ event: "turn.cancelled", ...turn });
        break;
    }
  }
}
