import type { ErrorCode, SerializedError } from "../core/errors.ts";
import type { LossVerdict } from "../host/contract.ts";

/** What the attempt of a turn that took its worker down failed with. */
export function blameFor(verdict: LossVerdict, timeoutMs: number): SerializedError {
  return {
    code: CODES[verdict],
    message: MESSAGES[verdict].replace("{timeoutMs}", String(timeoutMs)),
    retryable: true,
  };
}

/** Whether it ended or held up more than itself: such a message is given up at the third time. */
export function isCrash(verdict: LossVerdict): boolean {
  return verdict === "hung" || verdict === "child-lost" || verdict === "out-of-memory";
}

const CODES: Record<LossVerdict, ErrorCode> = {
  exited: "host-lost",
  hung: "timed-out",
  "child-lost": "host-lost",
  "out-of-memory": "out-of-memory",
  retired: "timed-out",
};

const MESSAGES: Record<LossVerdict, string> = {
  exited: "The handler ended its worker (Deno.exit, self.close): return or throw instead",
  hung: "The handler did not give the event loop a turn: split the work, or yield",
  "child-lost": "The handler's process died while it ran",
  "out-of-memory": "The handler's process ran out of memory: read and keep less at a time (CHILD_MEMORY_MB bounds it)",
  retired: "The handler went on after its deadline of {timeoutMs} ms: watch ctx.signal",
};
