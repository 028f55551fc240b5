import { startWriter } from "../../runtime/store/sqlite/open.ts";
import type { WorkerLink } from "../../runtime/store/sqlite/worker_port.ts";

/** Any message on this channel kills the writers that were started with {@linkcode startDyingWriter}. */
export const DEATH_CHANNEL = "mailroom-test-death";

export function startDyingWriter(onNotice: (notice: unknown) => void): WorkerLink {
  return startWriter(onNotice, new URL("./dying_writer_thread.ts", import.meta.url));
}
