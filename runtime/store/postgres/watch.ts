import type { CancelTimer, Clock } from "../../core/clock.ts";
import { RuntimeError } from "../../core/errors.ts";

export interface WatchOptions {
  /** Rejects, soon, when the server cannot be reached. */
  readonly probe: () => Promise<void>;
  /** When an answer has been waited for so long, the server is asked whether it is there at all. */
  readonly patienceMs: number;
  /** How long an answer may take when it is. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

interface Wait {
  readonly since: number;
  readonly deadlineMs: number;
  /** What has not happened by then. */
  readonly late: string;
  readonly giveUp: (error: RuntimeError) => void;
}

/**
 * Sees that nobody waits for a server that is away. A network that swallows everything tells nobody, and a statement that
 * takes long looks just like it: so when the answer that is waited for longest is late, the server is probed. If it is not
 * there, all waiting ends as `storage-unavailable`; if it is, they wait on, and the next probe follows after as long again.
 * An answer that is not there by the deadline is given up all the same: its own connection may be dead.
 */
export class Watch {
  readonly #options: WatchOptions;
  /** In the order in which they began. */
  readonly #waits = new Set<Wait>();
  #probedAt = -Infinity;
  #cancel: CancelTimer | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The same answer, or the end of waiting for it: by the deadline of all, or one of its own. */
  wait<T>(
    answer: Promise<T>,
    { deadlineMs = this.#options.deadlineMs, late = "it did not answer" }: Partial<Pick<Wait, "deadlineMs" | "late">> =
      {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const since = this.#options.clock.monotonic();
      const wait: Wait = { since, deadlineMs, late, giveUp: (error) => end(() => reject(error)) };
      const end = (settle: () => void) => {
        this.#waits.delete(wait);
        if (this.#waits.size === 0) this.#rest();
        settle();
      };
      answer.then((value) => end(() => resolve(value)), (reason) => end(() => reject(reason)));
      this.#waits.add(wait);
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#cancel !== undefined) return;
    const { clock, patienceMs } = this.#options;
    const [oldest] = this.#waits;
    if (oldest === undefined) return;
    const lookAt = Math.max(oldest.since, this.#probedAt) + patienceMs;
    this.#cancel = clock.after(lookAt - clock.monotonic(), () => {
      this.#cancel = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { clock, patienceMs, probe } = this.#options;
    const now = clock.monotonic();
    for (const { since, deadlineMs, late, giveUp } of this.#waits) {
      if (now - since >= deadlineMs) giveUp(away(`${late} within ${deadlineMs} ms`));
    }
    const [oldest] = this.#waits;
    if (oldest === undefined) return;
    if (now - oldest.since < patienceMs || now - this.#probedAt < patienceMs) return this.#arm();
    this.#probedAt = now;
    const asked = [...this.#waits];
    probe().then(
      () => this.#arm(),
      (reason) => {
        // Who has begun to wait since may hear of a server that is there again.
        for (const { giveUp } of asked) giveUp(away("it does not answer", reason));
        this.#arm();
      },
    );
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function away(why: string, cause?: unknown): RuntimeError {
  return new RuntimeError("storage-unavailable", `The database cannot be used now: ${why}`, { retryable: true, cause });
}
