/** How jobs are submitted while readers read; a job that does nothing tells two events. */
export type Drive =
  | { readonly by: "pace"; readonly eventsPerSecond: number }
  /** As fast as the slowest reader follows: no more than this many events ahead of it. */
  | { readonly by: "window"; readonly events: number };

const EVENTS_PER_JOB = 2;
const LARGEST_BATCH = 256;

/** Submits until it is stopped. `newest` is the last event that all readers have. */
export function createDrive(
  port: number,
  drive: Drive,
  newest: () => number,
): {
  /** Answers how long the submissions took, from the request to the answer that they are durable. */
  stop(): Promise<readonly number[]>;
} {
  let stopped = false;
  const begunAt = performance.now();
  let submitted = 0;
  const first = newest();
  const tookMs: number[] = [];
  const wanted = () => {
    const events = drive.by === "window"
      ? newest() - first + drive.events
      : (performance.now() - begunAt) / 1_000 * drive.eventsPerSecond;
    return events / EVENTS_PER_JOB - submitted;
  };
  const running = (async () => {
    while (!stopped) {
      const jobs = Math.min(Math.floor(wanted()), LARGEST_BATCH);
      if (jobs < 1) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        continue;
      }
      submitted += jobs;
      const askedAt = performance.now();
      await submitJobs(port, jobs);
      tookMs.push(performance.now() - askedAt);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
      return tookMs;
    },
  };
}

/** @throws {Error} when they are refused */
export async function submitJobs(port: number, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobs: Array.from({ length: count }, () => ({ type: "trivial", payload: {} })) }),
  });
  if (response.status !== 201) throw new Error(`A batch was answered ${response.status} ${await response.text()}`);
  await response.body?.cancel();
}
