/** How long a test waits for what is to come: only what fails waits so long, however busy the machine is. */
export const PATIENCE_MS = 60_000;

/** Settles as `promise` does, or rejects with the error of `late` after `ms`; leaves no timer behind. */
export async function before<Value>(promise: Promise<Value>, ms: number, late: () => Error): Promise<Value> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
