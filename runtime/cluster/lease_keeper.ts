import { type CancelTimer, type Clock, sleep } from "../core/clock.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Lease, NodeReport, SharedStore } from "../store/contract.ts";

/**
 * A life's lease: renewed every third of its length, and after a failure soon again.
 *
 *   held ──over by the monotonic clock──► lapsed ──renewed──► held      any ──fenced──► ended
 *
 * While it is lapsed the life may have been ended elsewhere, or not: only a renewal tells.
 */
export interface LeaseKeeper {
  /** Whether turns may be begun: the margin before its end is for those that are on their way to the host. */
  readonly held: boolean;
  /** Monotonic ms: the end of the lease less the margin. */
  readonly startBefore: number;
  /** Renews for the first time. */
  start(): Promise<void>;
  /** Renews now: somebody may have asked for something. */
  hurry(): void;
  stop(): void;
}

/** Parts of the lease: between renewals, between tries after one that failed, and before its end. */
const [RENEWED, TRIED, MARGIN] = [1 / 3, 1 / 20, 1 / 10];

export function createLeaseKeeper({ shared, clock, random, leaseMs, report, renewed, changed, onFatal }: {
  readonly shared: Pick<SharedStore, "renew" | "lease">;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseMs: number;
  readonly report: () => NodeReport;
  readonly renewed: (lease: Lease) => void;
  /** `held` is another. */
  readonly changed: (held: boolean) => void;
  readonly onFatal: (error: unknown) => void;
}): LeaseKeeper {
  let state: "held" | "lapsed" | "ended" = "lapsed";
  let pause = new AbortController();
  let cancelEnd: CancelTimer = () => {};
  const startBefore = () => shared.lease.until - leaseMs * MARGIN;
  const isOver = () => clock.monotonic() >= startBefore();

  const become = (next: "held" | "lapsed") => {
    if (state === next || state === "ended") return;
    state = next;
    changed(next === "held");
  };
  /** What is committed renews as well. */
  const watch = () => {
    cancelEnd();
    if (state === "ended") return;
    if (isOver()) become("lapsed");
    else cancelEnd = clock.after(startBefore() - clock.monotonic(), watch);
  };
  const renew = async (): Promise<void> => {
    const lease = await shared.renew(report());
    if (state === "ended") return;
    if (!isOver()) become("held");
    watch();
    renewed(lease);
  };
  const end = (thrown: unknown) => {
    if (state === "ended") return;
    state = "ended";
    cancelEnd();
    onFatal(thrown);
  };
  const renewOn = async () => {
    let went = true;
    for (;;) {
      await sleep(clock, leaseMs * (went ? RENEWED : TRIED) * (1 - random.next() / 10), pause.signal).catch(() => {});
      if (state === "ended") return;
      pause = new AbortController();
      went = await renew().then(() => true, (thrown) => {
        if (endsTheLife(thrown)) end(thrown);
        return false;
      });
    }
  };

  return {
    get held() {
      return state === "held" && !isOver();
    },
    get startBefore() {
      return startBefore();
    },
    async start() {
      await renew();
      void renewOn();
    },
    hurry: () => pause.abort(),
    stop() {
      state = "ended";
      cancelEnd();
      pause.abort();
    },
  };
}

function endsTheLife(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && (thrown.code === "fenced" || thrown.code === "storage-corrupt");
}
