import type { Clock } from "../core/clock.ts";

/** A worker takes about 25 ms to start; a platform that has none says so at once, or never. */
const PATIENCE_MS = 2_000;

/** Whether a worker that asks for nothing starts here and says a word. It costs one start. */
export async function plainWorkersWork(
  clock: Clock,
  moduleUrl: string = import.meta.resolve("./plain_worker.ts"),
): Promise<boolean> {
  if (typeof Worker !== "function") return false;
  const { promise: spoke, resolve } = Promise.withResolvers<boolean>();
  let worker: Worker;
  try {
    worker = new Worker(moduleUrl, { type: "module" });
  } catch {
    return false;
  }
  worker.onmessage = () => resolve(true);
  worker.onerror = (event) => {
    // Otherwise it would end this process.
    event.preventDefault();
    resolve(false);
  };
  const cancel = clock.after(PATIENCE_MS, () => resolve(false));
  const works = await spoke;
  cancel();
  worker.terminate();
  return works;
}
