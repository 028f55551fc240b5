import { RuntimeError } from "../core/errors.ts";

/** What those hear whose entry is turned away; all may try again. */
export const refusals = {
  unavailable: (): RuntimeError => refusal("storage-unavailable", "The storage takes no new work now: try again"),
  overloaded: (waiting: number): RuntimeError =>
    refusal("overloaded", `${waiting} entries wait to be written: try again later`),
  noRoom: (): RuntimeError =>
    refusal(
      "storage-unavailable",
      "The disk is full: no new work is taken until there is room, on it or inside the database",
    ),
  closed: (): RuntimeError => refusal("stopping", "The committer is closed"),
};

function refusal(code: RuntimeError["code"], message: string): RuntimeError {
  return new RuntimeError(code, message, { retryable: true });
}
