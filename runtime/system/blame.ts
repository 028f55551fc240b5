import type { ErrorCode, SerializedError } from "../core/errors.ts";
import type { LossVerdict } from "../host/contract.ts";

const DEATHS_TO_BLAME = 3;
const MOST_SUSPECTS = 10_000;

/** Counts in how many deaths of a host a message was at hand. */
export interface Deaths {
  /** One more; true when it is taken for the cause by now. */
  count(messageId: string): boolean;
  forget(messageId: string): void;
}

export function createDeaths(): Deaths {
  const seen = new Map<string, number>();
  return {
    count(messageId) {
      const deaths = (seen.get(messageId) ?? 0) + 1;
      seen.delete(messageId);
      seen.set(messageId, deaths);
      if (seen.size > MOST_SUSPECTS) seen.delete(seen.keys().next().value!);
      return deaths >= DEATHS_TO_BLAME;
    },
    forget: (messageId) => void seen.delete(messageId),
  };
}

/** What the attempt of a turn that took its worker down failed with. */
export function blameFor(verdict: LossVerdict, timeoutMs: number): SerializedError {
  return {
    code: CODES[verdict],
    message: MESSAGES[verdict].replace("{timeoutMs}", String(timeoutMs)),
    retryable: true,
  };
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
