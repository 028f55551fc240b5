/** The sizes that keep memory and the file bounded. Bytes are counted as UTF-16 code units of the JSON text. */
export const LIMITS = {
  /** One message's payload, as JSON text. */
  payloadBytes: 256 * 1024,
  /** One actor's state, as JSON text. */
  stateBytes: 512 * 1024,
  /** One event's data, as JSON text. */
  eventBytes: 64 * 1024,
  /** All that one outcome asks to commit, events apart. */
  outcomeBytes: 1024 * 1024,
  outcomeRows: 2_000,
  outcomeEvents: 1_000,
  outcomeSends: 1_000,
  /** Lines that `ctx.log` keeps for one attempt, and the length of one. */
  logLines: 200,
  logLineChars: 1_000,
  keyChars: 200,
} as const;
