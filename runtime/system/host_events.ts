import type { TurnRequest } from "../actor/outcome.ts";
import type { HostEvents, HostNotice } from "../host/contract.ts";
import type { Diagnostic, Diagnostics } from "../observe/diagnostics.ts";
import { unquoted } from "../observe/unquoted.ts";
import type { Questions } from "./questions.ts";
import type { Turns } from "./turns.ts";

/** Takes in what the host tells; a turn that is not known any more is ignored. */
export function createHostEvents(
  { diagnostics, turns, questions, requests, afterwards }: {
    diagnostics: Diagnostics;
    turns: () => Turns;
    questions: Questions;
    requests: (requests: readonly TurnRequest[]) => void;
    /** There may be room for new turns. */
    afterwards: () => void;
  },
): HostEvents {
  return {
    outcomes(outcomes) {
      for (const outcome of outcomes) {
        if (!questions.report(outcome)) turns().report(outcome);
      }
      afterwards();
    },
    started(started) {
      for (const { turn, startedAt } of started) turns().started(turn, startedAt);
    },
    live(notes) {
      for (const note of notes) turns().note(note);
    },
    requests,
    lost(lost) {
      for (const turn of lost) {
        if (!questions.lose(turn.turn)) turns().lose(turn);
      }
      afterwards();
    },
    notice: (notice) => diagnostics.tell(diagnosticOf(notice)),
  };
}

function diagnosticOf(notice: HostNotice): Diagnostic {
  switch (notice.notice) {
    case "worker-replaced":
      return { event: "worker.replaced", reason: notice.reason, lost: notice.lost };
    case "child-started":
      return { event: "child.started", pid: notice.pid, startMs: notice.startMs };
    case "child-lost":
      return { event: "child.lost", pid: notice.pid, reason: notice.reason, lost: notice.lost };
    case "output":
      return { event: "handler.output", stream: notice.stream, line: notice.line };
    case "stray-error":
      return { event: "handler.stray-error", error: unquoted(notice.message) };
  }
}
