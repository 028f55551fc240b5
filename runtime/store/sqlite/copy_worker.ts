import { DatabaseSync } from "node:sqlite";
import { checkFile } from "./check.ts";
import { storageFault } from "./faults.ts";
import { serveCalls } from "./worker_port.ts";

export type CopyRequest =
  /** Answered when the copy is whole; `to` must not exist. */
  | { readonly ask: "copy"; readonly from: string; readonly to: string }
  /** Answered with the {@linkcode CheckedFile}. */
  | { readonly ask: "check"; readonly path: string };

const BUSY_MS = 5_000;

// The entry of a worker of its own, so that the main thread can tell how far a long copy is.
serveCalls((request: CopyRequest) => request.ask === "copy" ? copy(request) : checkFile(request.path));

function copy({ from, to }: { from: string; to: string }): void {
  try {
    using db = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS });
    db.prepare("vacuum into ?").run(to);
  } catch (thrown) {
    throw storageFault(thrown) ?? thrown;
  }
}
