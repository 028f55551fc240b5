import type { Clock } from "../core/clock.ts";
import type { WorkerThread } from "./worker_thread.ts";

/** How long to wait for threads at the end: one that spins never goes, everything else goes within milliseconds. */
const PATIENCE_MS = 500;

/** Threads that were ended and are not known to be gone yet. */
export class LeavingThreads {
  readonly #threads = new Set<WorkerThread>();

  end(thread: WorkerThread): void {
    this.#threads.add(thread);
    thread.released.then(() => this.#threads.delete(thread));
    thread.end();
  }

  /** Resolves when all are gone, or nobody waits any longer for those that stay. */
  async allGone(clock: Clock): Promise<void> {
    const cancel = clock.after(PATIENCE_MS, () => this.#threads.forEach((thread) => thread.stopWaiting()));
    await Promise.all([...this.#threads].map(({ released }) => released));
    cancel();
  }
}
