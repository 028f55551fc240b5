/** The requests that ended within a window; counts in tenths of it, so each is there for the window and up to a tenth less. */
export interface RecentRequests {
  count(request: { readonly failed: boolean; readonly durationMs: number }): void;
  sum(): RequestSum;
  /** What was before does not count any more. */
  clear(): void;
}

export interface RequestSum {
  readonly calls: number;
  readonly failures: number;
  readonly durationMs: number;
}

interface Slice {
  /** Number of the tenth, counted from where the clock began. */
  tenth: number;
  calls: number;
  failures: number;
  durationMs: number;
}

const SLICES = 10;

/** @param monotonic in ms, never going back */
export function createRecentRequests(windowMs: number, monotonic: () => number): RecentRequests {
  const sliceMs = windowMs / SLICES;
  let slices: Slice[] = [];
  const recent = (tenth: number) => slices.filter((slice) => slice.tenth > tenth - SLICES);
  const tenthNow = () => Math.floor(monotonic() / sliceMs);
  return {
    count({ failed, durationMs }) {
      const tenth = tenthNow();
      let own = slices.at(-1);
      if (own?.tenth !== tenth) {
        own = { tenth, calls: 0, failures: 0, durationMs: 0 };
        slices = [...recent(tenth), own];
      }
      own.calls++;
      own.failures += failed ? 1 : 0;
      own.durationMs += durationMs;
    },
    sum() {
      const sum = { calls: 0, failures: 0, durationMs: 0 };
      for (const slice of recent(tenthNow())) {
        sum.calls += slice.calls;
        sum.failures += slice.failures;
        sum.durationMs += slice.durationMs;
      }
      return sum;
    },
    clear: () => void (slices = []),
  };
}
